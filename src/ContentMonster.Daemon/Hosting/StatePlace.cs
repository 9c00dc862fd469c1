using System.Security.Cryptography;
using System.Text;
using ContentMonster.Configuration;
using ContentMonster.Ledger;

namespace ContentMonster.Daemon.Hosting;

/// <summary>Where the daemon keeps what must outlive it; commands compute the same places.</summary>
internal sealed record StatePlace(string LedgerPath, string KnownHostsPath, string SocketPath)
{
    private const string LedgerName = "contentmonster.db";
    private const string SystemSettingsFolder = "/etc/contentmonster";
    private const string SystemStateFolder = "/var/lib/contentmonster";

    // sockaddr_un holds 107 bytes; the folder is reached through /proc/self/fd/N, so only the name counts.
    private const int LongestSocketName = 80;

    public static StatePlace Of(Settings settings, Func<string, string?> environment)
    {
        string ledger = LedgerOf(settings, environment);
        return new(ledger, Path.Combine(Path.GetDirectoryName(ledger) ?? "/", "known_hosts"), SocketOf(ledger));
    }

    /// <summary>Beside the ledger.</summary>
    public static string SocketOf(string ledgerPath)
    {
        string name = Path.GetFileName(ledgerPath) + ".sock";
        if (Encoding.UTF8.GetByteCount(name) > LongestSocketName)
        {
            name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..32] + ".sock";
        }

        return Path.Combine(Path.GetDirectoryName(ledgerPath) ?? "/", name);
    }

    /// <summary>Makes the folder, for us alone, where it is missing.</summary>
    public void MakeFolder() => LedgerFile.MakeFolder(Path.GetDirectoryName(LedgerPath) ?? "/");

    // By its name, whatever lies there but a ledger of ours: who removes the Python program's database after the import, or damages it, keeps the ledger.
    private static bool NamesPredecessor(string database) =>
        Path.GetFileName(database) == Predecessor.UsualName ? !PythonDatabase.IsLedger(database) : PythonDatabase.Is(database);

    private static string LedgerOf(Settings settings, Func<string, string?> environment)
    {
        if (settings.Database is string database && !NamesPredecessor(database))
        {
            return Path.GetFullPath(database);
        }

        // systemd gives a list separated by colons when a unit has several.
        if (environment("STATE_DIRECTORY") is { Length: > 0 } state)
        {
            return Path.Combine(state.Split(':')[0], LedgerName);
        }

        // Commands typed by hand beside the service have no STATE_DIRECTORY and must find the service's ledger.
        string settingsFolder = Path.GetDirectoryName(Path.GetFullPath(settings.Path)) ?? "/";
        return Path.Combine(settingsFolder == SystemSettingsFolder ? SystemStateFolder : settingsFolder, LedgerName);
    }
}
