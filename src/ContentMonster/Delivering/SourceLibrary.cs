using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Shore;

namespace ContentMonster.Delivering;

/// <summary>Sources that are under way, opened and hashed once for all vessels.</summary>
internal sealed class SourceLibrary(ILedger ledger, IReadOnlyDictionary<string, string> locations) : IDisposable
{
    private const int HashedAtOnce = 2;
    private readonly SemaphoreSlim _hashTurns = new(HashedAtOnce, HashedAtOnce);
    private readonly Dictionary<string, ShoreRoot> _roots = new(StringComparer.Ordinal); // guarded by _shelf
    private readonly Dictionary<long, Shelved> _shelf = []; // guarded by itself
    private bool _closed; // guarded by _shelf

    /// <summary>Opens a version's source, or shares it; <see cref="SourceException"/> when the file is not that version any more.</summary>
    public Lease Open(FileVersion version)
    {
        lock (_shelf)
        {
            if (!_shelf.TryGetValue(version.Id, out Shelved? shelved))
            {
                shelved = new Shelved(new SourceBook(version, OpenFile(version), ledger, _hashTurns));
                _shelf.Add(version.Id, shelved);
            }

            shelved.Readers++;
            return new Lease(this, shelved.Book);
        }
    }

    public void Dispose()
    {
        lock (_shelf)
        {
            _closed = true;
            foreach (SourceBook book in _shelf.Values.Select(shelved => shelved.Book).ToArray())
            {
                PutAway(book);
            }

            foreach (ShoreRoot root in _roots.Values)
            {
                root.Dispose();
            }

            _roots.Clear();
        }
    }

    private ShoreFile OpenFile(FileVersion version)
    {
        try
        {
            ShoreFile file = Root(version.Directory).OpenFile(version.Path);
            if (file.Stamp == version.Stamp)
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

    private ShoreRoot Root(string directory)
    {
        if (_roots.TryGetValue(directory, out ShoreRoot? root))
        {
            if (root.StillThere())
            {
                return root;
            }

            root.Dispose();
            _roots.Remove(directory);
        }

        root = ShoreRoot.Open(locations[directory]);
        _roots.Add(directory, root);
        return root;
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
