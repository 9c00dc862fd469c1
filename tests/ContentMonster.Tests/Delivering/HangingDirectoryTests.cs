using System.Text;
using ContentMonster.Model;
using ContentMonster.Sftp.Wire;
using ContentMonster.Tests.Faults;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Delivering;

/// <summary>The disk of one destination hangs: an sftp-server that is asked about a path there answers nothing more on that connection, while sshd and all other programs go on.</summary>
public sealed class HangingDirectoryTests
{
    private const string Sick = "sick";
    private const string Healthy = "healthy";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);
    private readonly TaskCompletionSource _answers = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Its_files_step_back_and_those_of_other_directories_of_the_vessel_get_through(int connections)
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync();
        rig.AddDirectory(Sick);
        rig.AddDirectory(Healthy);
        await using LyingSftpServer server = await AddAsync(rig, connections);
        string sick = rig.Put("a", 100_000, Sick);
        rig.Put("b", 3_000_000, Sick);
        await rig.StartAsync();
        await rig.UntilSaidAsync("v is tried again", "seems to hang at sick", "See what keeps it on v");
        string healthy = rig.Put("file", 3_000_000, Healthy);
        await rig.UntilAsync(() => IsThere(rig, Healthy, "file", healthy), "the healthy one's file is there");
        rig.Said("What goes to sick on v steps back", "seems to hang at sick").ShouldBeTrue();
        await rig.UntilAsync(async () => (await rig.Engine.MissingAsync(10, Token)).Count(file => file.Missing[0] is { Kind: FailureKind.CommandHangs } at && at.LastError!.Contains("hang at sick", StringComparison.Ordinal)) == 2, "both files say why they wait");

        // What comes meanwhile does not wait for anything.
        int failures = Failures(rig);
        string next = rig.Put("next", 1_000, Healthy);
        await rig.UntilAsync(() => IsThere(rig, Healthy, "next", next), "the next is there");
        Failures(rig).ShouldBe(failures);

        _answers.SetResult();
        await rig.RetryAsync();
        await rig.UntilAsync(() => IsThere(rig, Sick, "a", sick), "the disk answers again");
    }

    [Fact]
    public async Task Where_the_first_look_would_take_its_file_it_takes_another_place()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync();
        rig.AddDirectory(Healthy);
        Directory.CreateDirectory(Path.Combine(rig.HomeOf("v"), DeliveryRig.Inbox));
        await using LyingSftpServer server = await AddAsync(rig, connections: 1, place: DeliveryRig.Inbox);
        string healthy = rig.Put("file", 100_000, Healthy);
        await rig.StartAsync();
        await rig.UntilAsync(() => IsThere(rig, Healthy, "file", healthy), "the healthy one's file is there");
        rig.Said("What goes to inbox on v steps back", "contentmonster-probe").ShouldBeTrue();
        await rig.UntilSaidAsync("Published healthy/file on v:");
    }

    [Fact]
    public async Task A_link_that_falls_silent_is_no_disk_that_hangs_and_what_was_asked_first_is_told_all_the_same()
    {
        await using FaultBench bench = await FaultBench.WithVesselAsync("BandwidthLimit = 400K");
        RunningDaemon daemon = bench.Start();
        byte[] file = bench.Put("file", 2_000_000);
        await bench.UntilSentAsync(300_000);
        bench.Vessel().Proxy.FallSilent();
        await bench.UntilAsync(() => daemon.Lines.Any(line => line.Contains("what it was asked first is about inbox/", StringComparison.Ordinal)), "the silence is told");
        bench.Vessel().Proxy.SpeakAgain();
        await bench.ShouldArriveAsync("file", file);
        daemon.Lines.ShouldNotContain(line => line.Contains("hang at", StringComparison.Ordinal) || line.Contains("steps back", StringComparison.Ordinal));
    }

    private static int Failures(DeliveryRig rig) => rig.Log.Lines.Count(line => line.StartsWith("v is tried again", StringComparison.Ordinal));

    private async Task<LyingSftpServer> AddAsync(DeliveryRig rig, int connections, string place = Sick)
    {
        string home = Directory.CreateDirectory(rig.HomeOf("v")).FullName;
        var server = new LyingSftpServer(home, static request => (request, null), LyingSftpServer.Framed)
        {
            Holds = request => IsAbout(request, place) ? _answers.Task : Task.CompletedTask,
        };
        await rig.AddVesselAsync("v", new() { ConfigLines = [$"ForceCommand cd '{home}'; case \"$SSH_ORIGINAL_COMMAND\" in *sftp*) exec {server.Command} ;; *) HOME='{home}' exec sh -c \"$SSH_ORIGINAL_COMMAND\" ;; esac"] });
        rig.Change("v", vessel => vessel with { Connections = connections, Timeout = Patience });
        return server;
    }

    private static bool IsThere(DeliveryRig rig, string place, string file, string hash) =>
        new Tree(Path.Combine(rig.HomeOf("v"), place)) is var tree && Directory.Exists(tree.Root) && tree.Has(file) && tree.Hash(file) == hash;

    private static bool IsAbout(byte[] request, string place) =>
        (PacketType)request[0] is not (PacketType.Init or PacketType.Write or PacketType.Close) && Encoding.Latin1.GetString(request).Contains(place, StringComparison.Ordinal);
}
