-- Since when an archive is ours (place: its whole path): what was changed before (since: nanoseconds since 1970) is not the daemon's, and is never deleted.
-- looked: the clock at the last look through it. doubted: since when that clock is not believed.

create table archive (
    place   blob    primary key,
    since   integer not null,
    looked  integer,
    doubted integer
) without rowid;

-- 1: declared before this was written down. Its archive is ours since the oldest file that is known to have been moved there.
alter table directory add column archived_before integer not null default 0;

update directory set archived_before = 1;
