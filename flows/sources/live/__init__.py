"""The night's files fetched over HTTP from the exchanges' and the Treasury's public pages.

A live source only fetches bytes: they go into the same archive and through the same parsers as downloaded files.

    settings.py   the address book and the limits, as the `[cboe]` table of the configuration says them
    addresses.py  which addresses may be asked, which redirects followed, and how an address is printed
    requests.py   what is asked for one session
    client.py     one request: time-outs, retries, limits
    shelf.py      what was answered last, so that an unchanged file is not sent again
    content.py    is the answer what was asked for, of the session it is said to be of?
    session.py    all of it together: the files of a session, and what became of each source
"""
