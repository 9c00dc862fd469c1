-- The first shape of the ledger. Times are milliseconds since 1970 UTC, names and paths are bytes.

create table shore (
    one            integer primary key check (one = 1),
    shore_id       text    not null,
    stopped_clean  integer not null,
    live_files     integer not null default 0,
    refused_files  integer not null default 0,
    archived_files integer not null default 0
);

create table directory (
    id       integer primary key,
    name     text    not null unique,
    priority integer not null,
    declared integer not null
);

-- The counters are sums over delivery, kept by the triggers below, so that status costs the same for one file as for a million.
create table vessel (
    id                 integer primary key,
    name               text    not null unique,
    declared           integer not null,
    waiting_files      integer not null default 0,
    waiting_bytes      integer not null default 0,
    stepped_back_files integer not null default 0,
    published_files    integer not null default 0,
    unverified_files   integer not null default 0,
    note_state         text,
    note_kind          integer,
    note_error         text,
    note_error_at      integer,
    note_next_attempt  integer
);

create table taker (
    directory integer not null references directory (id),
    vessel    integer not null references vessel (id),
    primary key (directory, vessel)
) without rowid;

-- state: 0 live, 1 archiving, 2 kept in place, 3 moved, 4 deleted, 5 superseded, 6 gone. Ids are never used twice: history names them.
create table version (
    id            integer primary key autoincrement,
    token         text    not null,
    directory     integer not null references directory (id),
    path          blob    not null,
    device        integer not null,
    inode         integer not null,
    size          integer not null,
    modified      integer not null,
    changed       integer not null,
    mode          integer not null,
    chunk_size    integer not null,
    state         integer not null default 0,
    missing       integer not null,
    place         blob,
    archive_error text,
    finished_at   integer
);

-- One live version a path; beside it there may be an older one that is being archived.
create unique index version_path on version (directory, path, iif(state = 0, 0, id)) where state <= 2;
create index version_complete on version (directory, id) where state = 0 and missing = 0;
create index version_missing on version (id) where state = 0 and missing > 0;
create index version_archiving on version (directory, id) where state = 1;
create index version_finished on version (finished_at) where state > 2;

-- Apart from version, so that a change of state does not write megabytes of chunk hashes again.
create table version_hash (
    version      integer primary key references version (id) on delete cascade,
    sha256       blob not null,
    chunk_hashes blob
);

-- state: DeliveryState. bytes_left: the size less what is acknowledged.
create table delivery (
    version     integer not null references version (id) on delete cascade,
    vessel      integer not null references vessel (id),
    state       integer not null default 0,
    priority    integer not null,
    bytes_left  integer not null,
    part        blob,
    retry_at    integer,
    failures    integer not null default 0,
    kind        integer,
    error       text,
    error_at    integer,
    verified_by integer,
    durable     integer,
    bytes_sent  integer,
    primary key (version, vessel)
) without rowid;

create index delivery_due on delivery (vessel, priority desc, version) where state < 3 and retry_at is null;
create index delivery_retry on delivery (vessel, retry_at) where state < 3 and retry_at is not null;

-- Only while a delivery is unfinished. verified_boot: null until the chunk is verified on the vessel.
create table chunk (
    version       integer not null,
    vessel        integer not null,
    number        integer not null,
    acknowledged  integer not null,
    verified_boot text,
    primary key (version, vessel, number)
) without rowid;

create table litter (
    id     integer primary key autoincrement,
    vessel integer not null references vessel (id),
    part   blob    not null,
    unique (vessel, part)
);
create index litter_oldest on litter (vessel, id);

create table refusal (
    directory integer not null references directory (id),
    path      blob    not null,
    reason    text    not null,
    since     integer not null,
    primary key (directory, path)
) without rowid;

-- version is not a foreign key: an entry may be younger than its pruned version when the clock was put back; it is then no longer shown.
create table history (
    id      integer primary key autoincrement,
    at      integer not null,
    event   text    not null,
    version integer not null,
    vessel  integer,
    text    text
);

create table import_source (
    path text primary key,
    at   integer not null
) without rowid;

-- vessels: a JSON array of names.
create table imported (
    directory text not null,
    name      blob not null,
    sha256    text not null,
    vessels   text not null,
    primary key (directory, name)
) without rowid;

create trigger delivery_added after insert on delivery
begin
    update vessel set
        waiting_files = waiting_files + (new.state < 3),
        waiting_bytes = waiting_bytes + iif(new.state < 3, new.bytes_left, 0)
    where id = new.vessel;
end;

create trigger delivery_changed after update of state, retry_at, bytes_left, verified_by on delivery
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

-- version.missing is given by whoever inserts deliveries; every later change of state is counted here.
create trigger delivery_settled after update of state on delivery when (old.state < 3) <> (new.state < 3)
begin
    update version set missing = missing + (new.state < 3) - (old.state < 3) where id = new.version;
end;

create trigger version_added after insert on version
begin
    update shore set live_files = live_files + (new.state = 0);
end;

create trigger version_changed after update of state on version when new.state <> old.state
begin
    update shore set
        live_files = live_files + (new.state = 0) - (old.state = 0),
        archived_files = archived_files + (old.state = 1 and new.state in (2, 3, 4));
end;

create trigger refusal_added after insert on refusal
begin
    update shore set refused_files = refused_files + 1;
end;

create trigger refusal_removed after delete on refusal
begin
    update shore set refused_files = refused_files - 1;
end;
