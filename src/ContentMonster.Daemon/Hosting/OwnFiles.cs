using ContentMonster.Configuration;
using ContentMonster.Model;
using ContentMonster.Shore;

namespace ContentMonster.Daemon.Hosting;

/// <summary>What the program itself lives by and lies in a watched directory: settings, ledger, known_hosts, keys, passwords. Sent, it would be in other hands, and then be moved away.</summary>
internal sealed class OwnFiles
{
    private static readonly string[] BesideLedger = ["-wal", "-shm", "-journal", ".lock", ".sock", ".saving"];
    private readonly HashSet<BytePath> _below = [];
    private readonly BytePath? _saved;

    /// <param name="directory">The one that is looked into.</param>
    /// <param name="settings">All of them.</param>
    /// <param name="ledgerPath">The SQLite file, full.</param>
    /// <param name="knownHostsPath">The file that host keys are pinned in, full.</param>
    public OwnFiles(DirectorySettings directory, Settings settings, string ledgerPath, string knownHostsPath)
    {
        string location = RealPath.Of(directory.Location);
        string?[] mine = [settings.Path, settings.Database, ledgerPath, knownHostsPath, .. settings.Vessels.SelectMany(static vessel => new[] { vessel.IdentityFile, vessel.PasswordFile, vessel.KnownHosts })];
        string[] held = [.. mine.OfType<string>().Distinct(StringComparer.Ordinal).Where(file => Below(file, location) is not null)];
        Present = [.. held.Where(File.Exists)];
        foreach (string file in held.Concat(BesideLedger.Select(suffix => ledgerPath + suffix)))
        {
            if (Below(file, location) is BytePath below)
            {
                _below.Add(below);
            }
        }

        _saved = Below(ledgerPath + ".saved-", location);
    }

    /// <summary>Those that are there and worth a word, as they are named in the settings.</summary>
    public IReadOnlyList<string> Present { get; }

    /// <param name="file">Relative to the directory.</param>
    public bool Holds(BytePath file) => _below.Contains(file) || (_saved is { } saved && file.Span.StartsWith(saved.Span));

    // What links lead to lies there as well as the link.
    private static BytePath? Below(string file, string location)
    {
        string full = Path.GetFullPath(file);
        string named = Path.Combine(RealPath.Of(Path.GetDirectoryName(full) ?? "/"), Path.GetFileName(full));
        return new[] { named, RealPath.Of(full) }
            .Where(path => path != location && PathRules.IsAtOrAbove(location, path))
            .Select(path => (BytePath?)BytePath.FromText(path[(location.Length + 1)..]))
            .FirstOrDefault();
    }
}
