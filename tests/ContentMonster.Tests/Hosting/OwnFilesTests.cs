using ContentMonster.Configuration;
using ContentMonster.Daemon.Commands;
using ContentMonster.Daemon.Demo;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Model;
using ContentMonster.Tests.Ledger;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Hosting;

/// <summary>What belongs to the program is not sent, though it lies in a watched directory.</summary>
public sealed class OwnFilesTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Settings Settings => new()
    {
        Path = _scratch["films/settings.ini"],
        Database = _scratch["films/state/ledger"],
        Directories = [Directory],
        Vessels = [new VesselSettings { Name = "ship", Address = "x", IdentityFile = _scratch["films/key"], PasswordFile = _scratch["films/password"], KnownHosts = _scratch["films/hosts"] }],
    };

    private DirectorySettings Directory => new() { Name = "films", Location = _scratch["films"], RemoteLocation = _scratch["inbox"], SettleTime = TimeSpan.Zero };

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("settings.ini", true)]
    [InlineData("state/ledger", true)]
    [InlineData("state/ledger-wal", true)]
    [InlineData("state/ledger.lock", true)]
    [InlineData("state/ledger.saved-1", true)]
    [InlineData("state/known_hosts", true)]
    [InlineData("key", true)]
    [InlineData("password", true)]
    [InlineData("hosts", true)]
    [InlineData("key.pub", true)]
    [InlineData("key-cert.pub", true)]
    [InlineData("database.sqlite3", false)] // no such database
    [InlineData("state/ledger.sock", true)]
    [InlineData("state/ledger.saved-by-bob", false)]
    [InlineData("state/ledger.saved-", false)]
    [InlineData("state/ledger.saved-1/f", false)]
    [InlineData("key.txt", false)]
    [InlineData("state/key", false)]
    [InlineData("state/ledger.txt", false)]
    [InlineData("state", false)]
    public void They_are_known_by_their_places(string file, bool own) =>
        new OwnFiles(Directory, Settings, _scratch["films/state/ledger"], _scratch["films/state/known_hosts"]).Holds(BytePath.FromText(file)).ShouldBe(own);

    [Theory]
    [InlineData("CertificateFile=FILMS/cert", "cert", true)]
    [InlineData("certificatefile = FILMS/cert", "cert", true)]
    [InlineData("CertificateFile=RELATIVE/cert", "cert", true)]
    [InlineData("CertificateFile=~/HOME/cert", "cert", true)]
    [InlineData("CertificateFile=FILMS/100%%", "100%", true)]
    [InlineData("RevokedHostKeys=FILMS/revoked", "revoked", true)]
    [InlineData("IdentityFile2=FILMS/old", "old", true)]
    [InlineData("IdentityFile2=FILMS/old", "old-cert.pub", true)]
    [InlineData("CertificateFile=FILMS/cert", "cert.pub", false)]
    [InlineData("CertificateFile=FILMS/%h", "%h", false)] // ssh alone can tell
    [InlineData("CertificateFile=~nobody/../FILMS/cert", "cert", false)]
    [InlineData("HostKeyAlias=FILMS/cert", "cert", false)]
    [InlineData("CertificateFile=", "cert", false)]
    [InlineData("CertificateFile=\"FILMS/my cert\"", "my cert", true)]
    [InlineData("CertificateFile=${HOME}/cert", "cert", false)]
    public void Files_that_SshOptions_name_are_known(string option, string file, bool own)
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string written = option.Replace("FILMS", _scratch["films"], StringComparison.Ordinal)
            .Replace("RELATIVE", Path.GetRelativePath(Environment.CurrentDirectory, _scratch["films"]), StringComparison.Ordinal)
            .Replace("HOME", Path.GetRelativePath(home, _scratch["films"]), StringComparison.Ordinal);
        Settings settings = Settings with { Vessels = [Settings.Vessels[0] with { SshOptions = ["IPQoS=throughput", written] }] };
        new OwnFiles(Directory, settings, "/elsewhere/ledger", "/elsewhere/hosts").Holds(BytePath.FromText(file)).ShouldBe(own);
    }

    [Fact]
    public void Links_lead_to_them_too()
    {
        System.IO.Directory.CreateDirectory(_scratch["films/real"]);
        File.WriteAllText(_scratch["films/real/key"], "x");
        System.IO.Directory.CreateSymbolicLink(_scratch["way"], _scratch["films/real"]);
        File.CreateSymbolicLink(_scratch["key"], _scratch["films/real/key"]);
        System.IO.Directory.CreateSymbolicLink(_scratch["seen"], _scratch["films"]);
        foreach (string key in new[] { "way/key", "key", "films/real/key" })
        {
            Settings settings = Settings with { Vessels = [Settings.Vessels[0] with { IdentityFile = _scratch[key] }] };
            var own = new OwnFiles(Directory with { Location = _scratch["seen"] }, settings, "/elsewhere/ledger", "/elsewhere/hosts");
            own.Holds(BytePath.FromText("real/key")).ShouldBeTrue(key);
            own.Present(static _ => true).ShouldBe([_scratch[key]]);
            own.Present(static _ => false).ShouldBeEmpty();
        }
    }

    [Fact]
    public void A_link_in_the_directory_is_held_and_so_is_what_it_leads_to_there()
    {
        // As Kubernetes mounts a secret.
        System.IO.Directory.CreateDirectory(_scratch["films/..2026"]);
        File.WriteAllText(_scratch["films/..2026/password"], "x");
        File.CreateSymbolicLink(_scratch["films/..data"], "..2026");
        File.CreateSymbolicLink(_scratch["films/password"], "..data/password");
        OwnFiles own = new(Directory, Settings, "/elsewhere/ledger", "/elsewhere/hosts");
        foreach (string held in new[] { "password", "..data", "..2026/password" })
        {
            own.Holds(BytePath.FromText(held)).ShouldBeTrue(held);
        }
    }

    [Fact]
    public void The_Python_programs_database_beside_the_settings_is_held()
    {
        System.IO.Directory.CreateDirectory(_scratch["films"]);
        PythonDatabaseFile.Make(_scratch["films/database.sqlite3"], "films", new Dictionary<string, string>(StringComparer.Ordinal), "ship");
        new OwnFiles(Directory, Settings, "/elsewhere/ledger", "/elsewhere/hosts").Holds(BytePath.FromText("database.sqlite3")).ShouldBeTrue();
    }

    [Fact]
    public void The_socket_of_a_ledger_with_a_long_name_is_known()
    {
        string ledger = _scratch[$"films/{new string('l', 100)}.db"];
        new OwnFiles(Directory, Settings, ledger, "/elsewhere/hosts").Holds(BytePath.FromText(Path.GetFileName(StatePlace.SocketOf(ledger)))).ShouldBeTrue();
    }

    [Fact]
    public async Task Retention_leaves_them_alone()
    {
        System.IO.Directory.CreateDirectory(_scratch["films/processed"]);
        File.WriteAllText(_scratch["films/real"], "x");
        Settings settings = Settings with
        {
            Database = _scratch["films/processed/ledger"],
            Directories = [Directory with { ProcessedRetention = TimeSpan.FromSeconds(1) }],
            Vessels = [new VesselSettings { Name = "ship", Address = "127.0.0.1", Port = 1, IdentityFile = _scratch["films/processed/key"] }],
        };
        StatePlace place = StatePlace.Of(settings, static _ => null);
        var logs = new RecordingLoggers();
        using var stop = new CancellationTokenSource();
        Task<int> daemon = new Service(Engine.OpenAsync, logs, TimeProvider.System, static _ => null).RunAsync(settings, place, once: false, stop.Token);
        await Eventually.BeTrueAsync(() => logs.Lines.Any(static line => line.StartsWith("Recorded 1 files", StringComparison.Ordinal)), "it runs");
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, Token);
        File.WriteAllText(_scratch["films/processed/key"], "x");
        File.WriteAllText(_scratch["films/processed/old"], "x");
        await Eventually.BeTrueAsync(() => !File.Exists(_scratch["films/processed/old"]), "what is old is removed");
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, Token);
        File.Exists(_scratch["films/processed/key"]).ShouldBeTrue();
        daemon.IsCompleted.ShouldBeFalse(string.Join('\n', logs.Lines));
        await stop.CancelAsync();
        (await daemon).ShouldBe(ExitCode.Done);
    }

    [Fact]
    public async Task A_daemon_that_lives_in_the_directory_it_watches_sends_and_moves_nothing_of_its_own_and_says_so()
    {
        System.IO.Directory.CreateDirectory(_scratch["films"]);
        await using ThrowawaySshd sshd = await ThrowawaySshd.StartAsync(new(), Token);
        File.Copy(sshd.ClientKeyFile, _scratch["films/key"]);
        File.WriteAllText(_scratch["films/cert"], "x");
        File.WriteAllText(_scratch["films/settings.ini"], "x");
        File.WriteAllText(_scratch["films/real"], "x");
        Settings settings = Settings with
        {
            Database = null,
            Vessels = [new() { Name = "ship", Address = "127.0.0.1", Port = sshd.Port, Username = sshd.User, IdentityFile = _scratch["films/key"], SshOptions = [$"CertificateFile={_scratch["films/cert"]}"] }],
        };
        StatePlace place = StatePlace.Of(settings, static _ => null);
        var logs = new RecordingLoggers();
        (await new Service(Engine.OpenAsync, logs, TimeProvider.System, static _ => null).RunAsync(settings, place, once: true, Token)).ShouldBe(ExitCode.Done, string.Join('\n', logs.Lines));
        System.IO.Directory.GetFiles(_scratch["inbox"]).Select(Path.GetFileName).ShouldBe(["real"]);
        System.IO.Directory.GetFiles(_scratch["films"]).Select(Path.GetFileName).Order(StringComparer.Ordinal)
            .ShouldBe(["cert", "contentmonster.db", "contentmonster.db.lock", "key", "known_hosts", "settings.ini"]);
        foreach (string file in new[] { "cert", "contentmonster.db", "key", "settings.ini" })
        {
            logs.Lines.ShouldContain(line => line == $"Not sent: {_scratch[$"films/{file}"]} lies in films and belongs to ContentMonster itself. Move it elsewhere");
        }

        IReadOnlyList<CheckLine> lines = await ShoreCheck.RunAsync(settings, place, TimeProvider.System, Token);
        lines.ShouldContain(line => line.Verdict == CheckVerdict.Warning && line.Text.StartsWith($"{_scratch["films/key"]} lies in films and belongs to ContentMonster itself", StringComparison.Ordinal));
    }
}
