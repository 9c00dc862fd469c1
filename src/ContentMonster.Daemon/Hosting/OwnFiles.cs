using ContentMonster.Configuration;
using ContentMonster.Model;
using ContentMonster.Shore;

namespace ContentMonster.Daemon.Hosting;

/// <summary>What the program itself lives by and lies in a watched directory: settings, ledger, known_hosts, keys, passwords. Sent, it would be in other hands, and then be moved away.</summary>
internal sealed class OwnFiles
{
    private const string SavedCopy = ".saved-";
    private static readonly string[] BesideLedger = ["-wal", "-shm", "-journal", ".lock", ".saving"];
    private static readonly string[] BesideKey = [".pub", "-cert.pub"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly bool _looks;
    private readonly HashSet<BytePath> _held = [];
    private readonly List<(string File, BytePath Below)> _named = [];
    private readonly string _location;
    private readonly BytePath? _saved;

    /// <param name="directory">The one that is looked into.</param>
    /// <param name="settings">All of them.</param>
    /// <param name="ledgerPath">The SQLite file, full.</param>
    /// <param name="knownHostsPath">The file that host keys are pinned in, full.</param>
    public OwnFiles(DirectorySettings directory, Settings settings, string ledgerPath, string knownHostsPath)
        : this(directory, settings, ledgerPath, knownHostsPath, looks: true)
    {
    }

    private OwnFiles(DirectorySettings directory, Settings settings, string ledgerPath, string knownHostsPath, bool looks)
    {
        _looks = looks;
        _location = Real(directory.Location);
        (string File, bool IsKey)[] options = [.. settings.Vessels.SelectMany(OptionFiles.Of)];
        string[] keys = [.. settings.Vessels.Select(static vessel => vessel.IdentityFile).OfType<string>(), .. options.Where(static one => one.IsKey).Select(static one => one.File)];
        string?[] named =
        [
            settings.Path, settings.Database, ledgerPath, knownHostsPath,
            .. new[] { Path.Combine(Path.GetDirectoryName(settings.Path) ?? "/", Predecessor.UsualName) }.Where(path => !looks || PythonDatabase.Is(path)),
            .. keys, .. options.Select(static one => one.File), .. settings.Vessels.SelectMany(static vessel => new[] { vessel.PasswordFile, vessel.KnownHosts }),
        ];
        foreach (string file in named.OfType<string>().Distinct(StringComparer.Ordinal))
        {
            List<BytePath> held = Hold(file);
            if (held.Count > 0 && looks && File.Exists(file))
            {
                _named.Add((file, held[0]));
            }
        }

        foreach (string file in BesideLedger.Select(suffix => ledgerPath + suffix).Append(StatePlace.SocketOf(ledgerPath)).Concat(keys.SelectMany(static key => BesideKey.Select(suffix => key + suffix))))
        {
            Hold(file);
        }

        _saved = Below(Path.Combine(Real(Path.GetDirectoryName(ledgerPath) ?? "/"), Path.GetFileName(ledgerPath) + SavedCopy));
    }

    /// <summary>The same, where a disk hangs after two seconds without following links: that holds up no other directory.</summary>
    public static async Task<OwnFiles> FindAsync(DirectorySettings directory, Settings settings, string ledgerPath, string knownHostsPath, TimeProvider time, CancellationToken cancellationToken)
    {
        // On a thread of its own, which may stay there for ever.
        Task<OwnFiles> looking = Task.Factory.StartNew(
            () => new OwnFiles(directory, settings, ledgerPath, knownHostsPath), CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
        try
        {
            return await looking.WaitAsync(Patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return new OwnFiles(directory, settings, ledgerPath, knownHostsPath, looks: false);
        }
    }

    /// <param name="file">Relative to the directory.</param>
    public bool Holds(BytePath file) => _held.Contains(file) || (_saved is { } saved && file.Span.StartsWith(saved.Span) && file.Span.Length > saved.Span.Length && file.Span[saved.Span.Length..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0);

    /// <summary>Those that are there and would be sent if they were not held back, as they are named in the settings.</summary>
    /// <param name="otherwiseSent">What Include, Exclude and Recursive say of a path.</param>
    public IEnumerable<string> Present(Func<BytePath, bool> otherwiseSent) => _named.Where(one => otherwiseSent(one.Below)).Select(static one => one.File);

    // The folders may be reached by links, and so may the file itself: each link on the way is held, and what they lead to.
    private List<BytePath> Hold(string file)
    {
        var held = new List<BytePath>();
        var links = new List<string>();
        string end = Real(Path.GetFullPath(file), links.Add);
        foreach (BytePath below in links.Append(end).Select(Below).OfType<BytePath>())
        {
            _held.Add(below);
            held.Add(below);
        }

        return held;
    }

    private string Real(string path, Action<string>? passed = null) => _looks ? RealPath.Of(path, passed ?? (static _ => { })) : path;

    private BytePath? Below(string path) => path != _location && PathRules.IsAtOrAbove(_location, path) ? BytePath.FromText(path[(_location.Length + 1)..]) : null;
}
