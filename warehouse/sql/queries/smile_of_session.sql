-- What does the SPX smile look like? One row per strike of the nearest expiry of a session.
with
marks as (
    select * from core.option_marks_daily
    where session_date = $session_date and underlying = 'SPX' and iv_status = 'ok'
),

nearest as (
    select min(expiry_date) as expiry_date
    from marks
)

select
    marks.root,
    marks.expiry_date,
    marks.settlement,
    marks.strike_pts,
    marks."right",
    marks.mark_pts,
    marks.iv_vol,
    marks.smile_vol,
    marks.delta
from marks
inner join nearest on marks.expiry_date = nearest.expiry_date
order by marks.root, marks.strike_pts, marks."right";
