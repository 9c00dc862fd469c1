-- What a database of the Python program had recorded was kept here, and never read: vessels are asked what they have.

drop table imported;
