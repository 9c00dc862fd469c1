using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Shore;

namespace ContentMonster.Delivering;

/// <summary>Sources that are under way, opened and hashed once for all vessels.</summary>
internal sealed class SourceLibrary(ILedger ledger, IReadOnlyDictionary<string, string> locations) : IDisposable
{
    private const int HashedAtOnce = 2;
    private readonly Dictionary<string, Room> _rooms = locations.Keys.ToDictionary(directory => directory, static _ => new Room(), StringComparer.Ordinal);
    private readonly Dictionary<long, Shelved> _shelf = []; // guarded by itself, and never held while a disk is waited for
    private bool _closed; // guarded by _shelf

    /// <summary>Opens a version's source, or shares it; <see cref="SourceException"/> when the file is not that version any more.</summary>
    public Lease Open(FileVersion version) => Share(version, opened: null) ?? Share(version, OpenFile(version))!;

    public void Dispose()
    {
        lock (_shelf)
        {
            _closed = true;
            foreach (SourceBook book in _shelf.Values.Select(shelved => shelved.Book).ToArray())
            {
                PutAway(book);
            }

        }

        foreach (Room room in _rooms.Values)
        {
            lock (room)
            {
                room.Root?.Dispose();
                room.Root = null;
            }
        }
    }

    // Null: it is not on the shelf and was not opened yet. Who comes second with a file of his own closes it.
    private Lease? Share(FileVersion version, ShoreFile? opened)
    {
        lock (_shelf)
        {
            if (_shelf.TryGetValue(version.Id, out Shelved? shelved))
            {
                opened?.Dispose();
            }
            else if (opened is null)
            {
                return null;
            }
            else
            {
                shelved = new Shelved(new SourceBook(version, opened, ledger, _rooms[version.Directory].HashTurns));
                _shelf.Add(version.Id, shelved);
            }

            shelved.Readers++;
            return new Lease(this, shelved.Book);
        }
    }

    // A disk that hangs holds up its own directory and no other.
    private ShoreFile OpenFile(FileVersion version)
    {
        try
        {
            Room room = _rooms[version.Directory];
            ShoreFile file;
            lock (room)
            {
                file = Root(room, version.Directory).OpenFile(version.Path);
            }

            if (file.Stamp.IsAs(version.Stamp))
            {
                return file;
            }

            file.Dispose();
            throw SourceException.Changed(version);
        }
        catch (ShoreException exception)
        {
            throw SourceException.From(version, exception);
        }
    }

    // Under the room's lock.
    private ShoreRoot Root(Room room, string directory)
    {
        if (room.Root?.StillThere() != true)
        {
            room.Root?.Dispose();
            room.Root = null;
            room.Root = ShoreRoot.Open(locations[directory]);
        }

        return room.Root;
    }

    private void Return(SourceBook book)
    {
        lock (_shelf)
        {
            _shelf[book.Version.Id].Readers--;
            PutAway(book);
        }
    }

    // Under the shelf's lock. A book whose hashing goes on stays until that is over: the next visit finds it, or the hashes in the ledger.
    private void PutAway(SourceBook book)
    {
        if (!_shelf.TryGetValue(book.Version.Id, out Shelved? shelved) || shelved.Book != book || shelved.Readers > 0)
        {
            return;
        }

        if (!_closed && book.Version.IsBig && book.Hashing is { } hashing)
        {
            _ = hashing.ContinueWith(
                _ =>
                {
                    lock (_shelf)
                    {
                        PutAway(book);
                    }
                },
                CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return;
        }

        _shelf.Remove(book.Version.Id);
        book.Dispose();
    }

    /// <summary>One directory as it is held; guarded by itself.</summary>
    private sealed class Room
    {
        public ShoreRoot? Root { get; set; }

        /// <summary>Held while a disk is read: each directory has its own.</summary>
        public SemaphoreSlim HashTurns { get; } = new(HashedAtOnce, HashedAtOnce);
    }

    private sealed class Shelved(SourceBook book)
    {
        public SourceBook Book => book;

        public int Readers { get; set; }
    }

    /// <summary>One reader's hold on a source.</summary>
    internal sealed class Lease(SourceLibrary library, SourceBook book) : IDisposable
    {
        private bool _returned;

        public SourceBook Book => book;

        public void Dispose()
        {
            if (!_returned)
            {
                _returned = true;
                library.Return(book);
            }
        }
    }
}
