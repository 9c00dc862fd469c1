using ContentMonster.Model;
using ContentMonster.Tests.Client;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class TempDirGuardTests
{
    private const byte MakeDirectory = 14; // draft-ietf-secsh-filexfer-02, section 3
    private static readonly string Folder = PartName.NewId();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Somebody_who_puts_a_link_for_TempDir_just_before_our_folder_is_made_gets_nothing()
    {
        string? temp = null;
        string evil = "";
        await using ServerOnPipe server = await ServerOnPipe.StartAsync(written =>
        {
            // A write begins with a packet: four bytes of its length, one of its type.
            if (temp is not null && written.Span[4] == MakeDirectory)
            {
                Directory.Delete(temp);
                Directory.CreateSymbolicLink(temp, evil);
            }
        });
        (temp, evil) = (Directory.CreateDirectory(server.Local("temp")).FullName, Directory.CreateDirectory(server.Local("evil")).FullName);
        VesselException told = await Should.ThrowAsync<VesselException>(PrepareAsync(server));
        told.Kind.ShouldBe(FailureKind.TempDirUnsafe);
        told.Message.ShouldContain("is no directory but SymbolicLink");
        Directory.GetFileSystemEntries(evil).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_missing_is_made_for_us_alone_whoever_asks_for_it()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        var folder = new BytePath(server.Path($"temp/{Folder}"));
        var directories = new RemoteDirectories([], "ship", folder);
        await directories.MakeAsync(server.Client, folder, Token);
        ((await server.Client.LinkStatAsync(folder.Bytes, Token))!.Mode & 0xFFF).ShouldBe(0x1C0);
        Posix.Run("chmod", "777", folder.ToString());
        (await Should.ThrowAsync<VesselException>(directories.MakeAsync(server.Client, folder, Token))).Kind.ShouldBe(FailureKind.TempDirUnsafe);
    }

    [Fact]
    public async Task A_missing_directory_above_TempDir_is_told_as_that()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        var temp = new BytePath(server.Path("no/temp"));
        VesselException told = await Should.ThrowAsync<VesselException>(TempDirGuard.PrepareAsync(server.Client, "ship", temp, temp.Join(BytePath.FromText(Folder)), userId: null, Token));
        told.Kind.ShouldBe(FailureKind.Unsupported);
        told.Message.ShouldContain("is missing there: make it");
    }

    private static Task PrepareAsync(ServerOnPipe server) =>
        TempDirGuard.PrepareAsync(server.Client, "ship", new BytePath(server.Path("temp")), new BytePath(server.Path($"temp/{Folder}")), userId: null, Token);
}
