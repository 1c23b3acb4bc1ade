-- The VIX futures curve: one row per session, monthly settlements by rank (1 = first that expires after the session).
-- rank_1_expiry_date: Expiry of the monthly future that expires first after the session.
-- settling_today_pts: Settlement of the monthly future that expires on the session itself; null on other days.
-- rank_1_pts: Settlement of monthly future 1.
-- rank_2_pts: Settlement of monthly future 2.
-- rank_3_pts: Settlement of monthly future 3.
-- rank_4_pts: Settlement of monthly future 4.
-- rank_5_pts: Settlement of monthly future 5.
-- rank_6_pts: Settlement of monthly future 6.
-- rank_7_pts: Settlement of monthly future 7.
-- rank_8_pts: Settlement of monthly future 8.
-- rank_1_to_2_frac: Rank 2 / rank 1 - 1: above 0 is contango.
create or replace view v_vx_curve as
with
curve as (
    select * from mart.vx_curve_daily
),

ranked as (
    select
        session_date,
        max(expiry_date) filter (where rank = 1) as rank_1_expiry_date,
        max(settle_pts) filter (where rank = 0) as settling_today_pts,
        max(settle_pts) filter (where rank = 1) as rank_1_pts,
        max(settle_pts) filter (where rank = 2) as rank_2_pts,
        max(settle_pts) filter (where rank = 3) as rank_3_pts,
        max(settle_pts) filter (where rank = 4) as rank_4_pts,
        max(settle_pts) filter (where rank = 5) as rank_5_pts,
        max(settle_pts) filter (where rank = 6) as rank_6_pts,
        max(settle_pts) filter (where rank = 7) as rank_7_pts,
        max(settle_pts) filter (where rank = 8) as rank_8_pts
    from curve
    group by session_date
)

select
    session_date,
    rank_1_expiry_date,
    settling_today_pts,
    rank_1_pts,
    rank_2_pts,
    rank_3_pts,
    rank_4_pts,
    rank_5_pts,
    rank_6_pts,
    rank_7_pts,
    rank_8_pts,
    rank_2_pts / nullif(rank_1_pts, 0) - 1 as rank_1_to_2_frac
from ranked
order by session_date desc;
