-- What every file passes through is counted by the program (Sums): a trigger makes SQLite build a table in memory for each statement that may fire it.

drop trigger if exists delivery_added;
drop trigger if exists delivery_changed;
drop trigger if exists delivery_settled;
drop trigger if exists version_added;
drop trigger if exists version_changed;
