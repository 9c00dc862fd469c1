namespace ContentMonster.Shore;

internal enum ShoreEntryKind { Regular, Directory, SymbolicLink, Fifo, Socket, Device, Unknown }
