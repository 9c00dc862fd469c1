using System.Diagnostics;
using System.Text;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;
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
        VesselException told = await Should.ThrowAsync<VesselException>(GuardOf(server).PrepareAsync(server.Client, Token));
        told.Kind.ShouldBe(FailureKind.TempDirUnsafe);
        told.Message.ShouldContain("is no directory but SymbolicLink");
        Directory.GetFileSystemEntries(evil).ShouldBeEmpty();
    }

    [Fact]
    public async Task Where_there_is_a_shell_our_folder_is_never_made_at_the_other_end_of_a_link()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        (string temp, string evil) = (Directory.CreateDirectory(server.Local("temp")).FullName, Directory.CreateDirectory(server.Local("evil")).FullName);
        Posix.Run("chmod", "777", evil);
        TempDirGuard guard = GuardOf(server);
        guard.RunScript = async (script, _) =>
        {
            Directory.Delete(temp);
            Directory.CreateSymbolicLink(temp, evil);
            byte[] said = await RunAsync(script);
            Directory.Delete(temp);
            return said;
        };
        VesselException told = await Should.ThrowAsync<VesselException>(guard.PrepareAsync(server.Client, Token));
        told.Message.ShouldContain("others may write to TempDir: drwxrwxrwx");
        Directory.GetFileSystemEntries(evil).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("700", true)]
    [InlineData("755", true)]
    [InlineData("1777", true)]
    [InlineData("1770", true)]
    [InlineData("770", false)]
    [InlineData("707", false)]
    public async Task The_shell_makes_our_folder_where_SFTP_would(string mode, bool safe)
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        Directory.CreateDirectory(server.Local("temp"));
        TempDirGuard guard = GuardOf(server);
        byte[] said = [];
        guard.RunScript = async (script, _) =>
        {
            // Since it was looked at.
            Posix.Run("chmod", mode, server.Local("temp"));
            said = await RunAsync(script);
            return said;
        };
        Task preparing = guard.PrepareAsync(server.Client, Token);
        if (safe)
        {
            await preparing;
            ((await server.Client.LinkStatAsync(guard.Folder.Bytes, Token))!.Mode & 0xFFF).ShouldBe(0x1C0);
        }
        else
        {
            (await Should.ThrowAsync<VesselException>(preparing)).Message.ShouldContain($"with mode {mode}");
            Directory.GetFileSystemEntries(server.Local("temp")).ShouldBeEmpty();
        }

        Encoding.Latin1.GetString(said).ShouldStartWith(safe ? "MADE" : "others may write to TempDir");
    }

    [Fact]
    public async Task What_the_shell_says_against_it_is_told()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        Directory.CreateDirectory(server.Local("temp"));
        TempDirGuard guard = GuardOf(server);
        int asked = 0;
        guard.RunScript = (script, _) =>
        {
            asked++;
            return RunAsync([.. "mkdir() { echo 'mkdir: Permission denied'; return 1; }\n"u8, .. script]);
        };
        VesselException told = await Should.ThrowAsync<VesselException>(guard.PrepareAsync(server.Client, Token));
        told.Kind.ShouldBe(FailureKind.PermissionDenied);
        told.Message.ShouldContain("cannot be made there: mkdir: Permission denied");
        asked.ShouldBe(3);
    }

    [Fact]
    public async Task Of_what_the_shell_says_against_it_not_more_is_told_than_is_read()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        Directory.CreateDirectory(server.Local("temp"));
        TempDirGuard guard = GuardOf(server);
        guard.RunScript = (_, _) => Task.FromResult(Enumerable.Repeat((byte)7, 4 << 20).ToArray());
        VesselException told = await Should.ThrowAsync<VesselException>(guard.PrepareAsync(server.Client, Token));
        told.Message.Length.ShouldBeInRange(500, 5_000);
        told.Message.ShouldContain(@"\u{7}");
    }

    [Fact]
    public async Task A_shell_that_sees_another_TempDir_than_SFTP_is_told_as_that()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        Directory.CreateDirectory(server.Local("temp"));
        string other = Directory.CreateDirectory(server.Local("other")).FullName;
        TempDirGuard guard = GuardOf(server);
        guard.RunScript = (script, _) => RunAsync([.. Encoding.ASCII.GetBytes($"cd() {{ command cd '{other}'; }}\n"), .. script]);
        VesselException told = await Should.ThrowAsync<VesselException>(guard.PrepareAsync(server.Client, Token));
        told.Message.ShouldContain("or its shell sees another directory of that name than SFTP");
        Directory.Exists(Path.Combine(other, Folder)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_folder_that_is_removed_as_soon_as_it_is_made_is_told_as_that()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        Directory.CreateDirectory(server.Local("temp"));
        TempDirGuard guard = GuardOf(server);
        guard.RunScript = async (script, _) =>
        {
            byte[] said = await RunAsync(script);
            Directory.Delete(guard.Folder.ToString());
            return said;
        };
        (await Should.ThrowAsync<VesselException>(guard.PrepareAsync(server.Client, Token))).Message.ShouldContain("is not there when it has just been made: something on the vessel removes it");
    }

    /// <summary>As on file systems that give what is made there another owner than the shell's.</summary>
    [Fact]
    public async Task Ours_is_whoever_owns_what_SFTP_makes()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        Directory.CreateDirectory(server.Local("temp"));
        TempDirGuard guard = GuardOf(server);
        guard.UserId = (await server.Client.LinkStatAsync(server.Path("temp"), Token))!.UserId;
        guard.RunScript = (script, _) => RunAsync([.. "id() { echo 4711; }\n"u8, .. script]);
        await guard.PrepareAsync(server.Client, Token);
        Directory.Exists(guard.Folder.ToString()).ShouldBeTrue();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_server_refuses_is_told_as_its_refusal(bool tempDirThere)
    {
        Assert.SkipUnless(Posix.IsRoot, "A disk that takes nothing takes root.");
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        string disk = Directory.CreateDirectory(server.Local("disk")).FullName;
        Posix.Run("mount", "-t", "tmpfs", "-o", tempDirThere ? "nr_inodes=2" : "nr_inodes=1", "none", disk);
        try
        {
            if (tempDirThere)
            {
                Directory.CreateDirectory(Path.Combine(disk, "temp"));
            }

            var guard = new TempDirGuard("ship", new BytePath(server.Path($"disk/temp/{Folder}")));
            (await Should.ThrowAsync<SftpStatusException>(guard.PrepareAsync(server.Client, Token))).Status.ShouldBe(SftpStatus.Failure);
        }
        finally
        {
            Posix.Run("umount", disk);
        }
    }

    [Fact]
    public async Task What_another_lane_has_just_made_is_used()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        Directory.CreateDirectory(server.Local("temp"));
        TempDirGuard guard = GuardOf(server);
        guard.RunScript = async (script, _) =>
        {
            await RunAsync(script);
            return await RunAsync(script);
        };
        await guard.PrepareAsync(server.Client, Token);
        Directory.Exists(guard.Folder.ToString()).ShouldBeTrue();
    }

    [Theory]
    [InlineData("exit 0\n", false)] // a shell that does nothing
    [InlineData("ls() { :; }\n", false)] // one without ls
    [InlineData("id() { :; }\n", false)] // one without id
    [InlineData("PATH=/nowhere\nls() { echo drwx------ 2 \"$us\" 0; }\n", false)] // one without mkdir
    [InlineData("mkdir() { return 1; }\n", false)] // one whose mkdir says nothing
    [InlineData("mkdir() { return 126; }\n", false)] // one that may not run it
    [InlineData("mkdir() { case $1 in -*) echo no such option; return 1 ;; esac; command mkdir \"$@\"; }\n", true)] // one whose mkdir knows no modes
    public async Task A_shell_that_cannot_make_it_is_done_without(string before, bool canAllTheSame)
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        Directory.CreateDirectory(server.Local("temp"));
        TempDirGuard guard = GuardOf(server);
        byte[] said = [];
        guard.RunScript = async (script, _) => said = await RunAsync([.. Encoding.ASCII.GetBytes(before), .. script]);
        await guard.PrepareAsync(server.Client, Token);
        ((await server.Client.LinkStatAsync(guard.Folder.Bytes, Token))!.Mode & 0xFFF).ShouldBe(0x1C0);
        Encoding.ASCII.GetString(said).Trim().ShouldBeOneOf(canAllTheSame ? ["MADE"] : ["", "BLIND"]);
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
        VesselException told = await Should.ThrowAsync<VesselException>(new TempDirGuard("ship", temp.Join(BytePath.FromText(Folder))).PrepareAsync(server.Client, Token));
        told.Kind.ShouldBe(FailureKind.Unsupported);
        told.Message.ShouldContain("is missing there: make it");
    }

    private static TempDirGuard GuardOf(ServerOnPipe server) => new("ship", new BytePath(server.Path($"temp/{Folder}")));

    private static async Task<byte[]> RunAsync(byte[] script)
    {
        using System.Diagnostics.Process sh = System.Diagnostics.Process.Start(new ProcessStartInfo("sh", "-s") { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await sh.StandardInput.BaseStream.WriteAsync(script, Token);
        sh.StandardInput.Close();
        string said = await sh.StandardOutput.ReadToEndAsync(Token);
        await sh.WaitForExitAsync(Token);
        return Encoding.Latin1.GetBytes(said);
    }
}
