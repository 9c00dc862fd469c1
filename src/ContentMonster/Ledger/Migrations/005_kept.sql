-- 1: it was left in its place (OnComplete = keep) when all vessels of its time had it. There it stays, also when it goes live again for a vessel that came later.

alter table version add column kept integer not null default 0;

update version set kept = 1 where state = 2;
