using Held = (string Path, ContentMonster.Ledger.FileIdentity Identity);

namespace ContentMonster.Ledger;

/// <summary>
/// Knows the files of an open ledger: who removes or replaces one of them takes from the daemon what it books from then on, or lets another one start
/// beside it. SQLite goes on with the files that it holds and tells nobody.
/// </summary>
internal sealed class LedgerGuard
{
    private readonly string _path;
    private readonly Held[] _own;

    // SQLite makes them with the first connection and removes them with the last. Whoever closes that lets go of them first.
    private volatile Held[] _beside = [];

    /// <param name="path">Of the ledger, which is open and was written into.</param>
    public LedgerGuard(string path)
    {
        _path = path;
        _own = Found(path, DaemonLock.PathOf(path));
        Hold();
    }

    /// <summary>Whether the ledger itself is no longer the one that is open.</summary>
    public bool LostLedger => Array.Exists(_own, one => one.Path == _path && IsDisplaced(one));

    /// <summary>Whether what was booked may be nowhere but in the files that are open.</summary>
    public bool LostContent => LostLedger || Array.Exists(_beside, IsDisplaced);

    public void Hold() => _beside = Found(_path + "-wal", _path + "-shm");

    public void LetGo() => _beside = [];

    /// <summary>Removes what is still ours of the files beside a lost ledger: they would be taken for those of the one in its place.</summary>
    public void RemoveBeside()
    {
        foreach (Held one in _beside.Where(static one => !IsDisplaced(one)))
        {
            File.Delete(one.Path);
        }
    }

    /// <exception cref="LedgerDisplacedException">One of them is gone, or another file stands in its place.</exception>
    public void ThrowIfDisplaced()
    {
        Held[] beside = _beside;
        if (Array.Find([.. _own, .. beside], IsDisplaced) is ({ } file, _) && (beside == _beside || Array.Exists(_own, IsDisplaced)))
        {
            string remedy = LostContent
                ? "The log says whether what it held was saved. The next start goes on with what stands there then; without a ledger it makes a new one, which finds the files in the directories "
                    + "again, and those that are whole on a vessel there. To go on with the copy: stop the daemon, put it in place with nothing named -wal or -shm beside it, start."
                : "The ledger itself is whole: start the daemon again.";
            throw new LedgerDisplacedException($"Could not go on with the ledger {_path}, because {file} was removed or replaced while it was in use. {remedy}");
        }
    }

    private static Held[] Found(params string[] paths) =>
        [.. paths.Select(static path => (path, LedgerFile.IdentityOf(path))).Where(static one => one.Item2 is { Exists: true }).Select(static one => (one.path, one.Item2!.Value))];

    // What cannot be looked at is no proof.
    private static bool IsDisplaced(Held held) => LedgerFile.IdentityOf(held.Path) is { } now && now != held.Identity;
}
