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
            Shelved shelved = _shelf[book.Version.Id];
            if (--shelved.Readers == 0)
            {
                _shelf.Remove(book.Version.Id);
                book.Dispose();
            }
        }
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
