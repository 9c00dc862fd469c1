-- Where unfinished files of a vessel lie now; null: beside their destinations. What the settings say may change while some are there.

alter table vessel add column temp_folder blob;
