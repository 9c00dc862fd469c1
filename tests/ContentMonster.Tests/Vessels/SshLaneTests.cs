using ContentMonster.Configuration;
using ContentMonster.Model;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Client;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class SshLaneTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_source_that_cannot_be_read_is_no_broken_link()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        SshLane lane = LaneOn(server);
        var trouble = new IOException("Could not read it, because the shore's disk said no.");
        IOException told = await Should.ThrowAsync<IOException>(() => lane.SendAsync(new BytePath(server.Path("file")), create: true, 0, new Source(_ => throw trouble), 0, 1_000, null, Token));
        told.ShouldBeSameAs(trouble);
        server.Client.Broken.ShouldBeNull();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(600)]
    public async Task Lanes_that_begin_one_file_in_a_directory_that_is_not_there_yet_all_get_it(double roundTrip)
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        var file = new BytePath(server.Path("new/deeper/file"));
        SshLane[] lanes = [.. Enumerable.Range(0, 4).Select(_ => LaneOn(server, roundTrip))];
        await Task.WhenAll(lanes.Select((lane, at) => lane.SendAsync(file, create: true, at * 1_000, new Source(static _ => { }), at * 1_000, 1_000, null, Token)));
        await Task.WhenAll(lanes.Select(lane => lane.ReleaseAsync(file, Token)));
        new FileInfo(server.Local("new/deeper/file")).Length.ShouldBe(4_000);
    }

    [Fact]
    public async Task A_file_that_is_in_use_again_is_not_closed_under_its_next_user()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        SshLane lane = LaneOn(server);
        var file = new BytePath(server.Path("file"));
        using var begun = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        var held = new Source(_ =>
        {
            begun.Release();
            goOn.Wait(TimeSpan.FromSeconds(30), Token).ShouldBeTrue();
        });

        // Not on this thread: what it waits for is to come from here.
        Task sending = Task.Run(() => lane.SendAsync(file, create: true, 0, held, 0, 1_000, null, Token), Token);
        (await begun.WaitAsync(TimeSpan.FromSeconds(30), Token)).ShouldBeTrue();

        // Whoever had it before thinks that it was the last.
        await lane.ReleaseAsync(file, Token);
        goOn.Release();
        await sending;
        await lane.ReleaseAsync(file, Token);
        new FileInfo(server.Local("file")).Length.ShouldBe(1_000);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_link_that_somebody_puts_for_TempDir_just_before_a_file_is_opened_there_gets_not_one_byte(bool create)
    {
        const byte open = 3; // draft-ietf-secsh-filexfer-02, section 3
        string? temp = null;
        string evil = "";
        await using ServerOnPipe server = await ServerOnPipe.StartAsync(written =>
        {
            if (temp is not null && written.Span[4] == open && new DirectoryInfo(temp).LinkTarget is null)
            {
                Directory.Move(temp, temp + ".aside");
                Directory.CreateSymbolicLink(temp, evil);
            }
        });
        string folder = PartName.NewId();
        evil = Directory.CreateDirectory(server.Local("evil")).FullName;
        string his = Directory.CreateDirectory(Path.Combine(evil, folder)).FullName;
        Directory.CreateDirectory(server.Local($"temp/{folder}"));
        if (!create)
        {
            await File.WriteAllTextAsync(Path.Combine(his, "part"), "", Token);
        }

        // What is asked for at the beginning would be written in one with the open.
        await server.Client.LimitsKnown.WaitAsync(Token);
        temp = server.Local("temp");
        SshLane lane = LaneOn(server, tempFolder: new BytePath(server.Path($"temp/{folder}")));
        VesselException told = await Should.ThrowAsync<VesselException>(
            lane.SendAsync(new BytePath(server.Path($"temp/{folder}/part")), create, 0, new Source(static _ => { }), 0, 1_000, null, Token));
        told.Kind.ShouldBe(FailureKind.TempDirUnsafe);
        Directory.GetFiles(his).Select(static file => new FileInfo(file).Length).ShouldBe(create ? [] : [0L]);
    }

    private static SshLane LaneOn(ServerOnPipe server, double roundTrip = 0, BytePath? tempFolder = null)
    {
        var settings = new VesselSettings { Name = "ship", Address = "ship" };
        var dialer = new VesselDialer(settings, new VesselPlaces("", "", "", []), TimeProvider.System, throttle: null, new Connections());
        return new SshLane(dialer, new RemoteDirectories([], "ship", tempFolder), process: null!, server.Client, () => roundTrip == 0 ? null : new TcpFacts { RoundTrip = TimeSpan.FromMilliseconds(roundTrip) });
    }

    private sealed class Source(Action<long> reading) : IChunkSource
    {
        public int Read(long offset, Span<byte> buffer)
        {
            reading(offset);
            buffer.Clear();
            return buffer.Length;
        }
    }
}
