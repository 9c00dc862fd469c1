-- Starting and publishing a delivery change its state twice without changing a sum: then the vessel's row need not be written.

drop trigger delivery_changed;

create trigger delivery_changed after update of state, retry_at, bytes_left, verified_by on delivery
when (old.state < 3) <> (new.state < 3) or old.bytes_left <> new.bytes_left or (old.retry_at is null) <> (new.retry_at is null)
    or (old.state = 3) <> (new.state = 3) or (new.state = 3 and old.verified_by is not new.verified_by)
begin
    update vessel set
        waiting_files = waiting_files + (new.state < 3) - (old.state < 3),
        waiting_bytes = waiting_bytes + iif(new.state < 3, new.bytes_left, 0) - iif(old.state < 3, old.bytes_left, 0),
        stepped_back_files = stepped_back_files
            + (new.state < 3 and new.retry_at is not null) - (old.state < 3 and old.retry_at is not null),
        published_files = published_files + (new.state = 3) - (old.state = 3),
        unverified_files = unverified_files
            + (new.state = 3 and new.verified_by = 0) - (old.state = 3 and ifnull(old.verified_by, 0) = 0)
    where id = new.vessel;
end;
