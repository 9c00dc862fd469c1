using System.Text;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Tests.Client;

/// <summary>Every operation against OpenSSH's sftp-server.</summary>
public sealed class OperationTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task The_hello_tells_version_extensions_and_limits()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        server.Client.Server.Version.ShouldBe(3);
        server.Client.Server.Has("fsync@openssh.com").ShouldBeTrue();
        server.Client.Server.Extensions["posix-rename@openssh.com"].ShouldBe("1");
        await server.Client.LimitsKnown.WaitAsync(TestContext.Current.CancellationToken);
        server.Client.Server.MaxWriteLength.ShouldBe(261_120);
        server.Client.Server.MaxReadLength.ShouldBe(261_120);
        server.Client.Server.MaxOpenHandles.ShouldBeGreaterThan(0);
        server.Client.RoundTrip.ShouldBeGreaterThan(TimeSpan.Zero);
        server.Client.Broken.ShouldBeNull();
    }

    [Fact]
    public async Task What_is_written_is_read_back()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        byte[] content = MemorySource.Bytes(300_000);
        SftpHandle file = await server.Client.OpenAsync(server.Path("f"), SftpOpenModes.Read | SftpOpenModes.Write | SftpOpenModes.Create, 0x180, None);
        await server.Client.WriteAsync(file, 0, content, None);
        var back = new byte[content.Length];
        int read = 0;
        while (read < back.Length)
            read += await server.Client.ReadAsync(file, read, back.AsMemory(read), None);
        back.ShouldBe(content);
        (await server.Client.ReadAsync(file, content.Length, new byte[10], None)).ShouldBe(0);
        (await server.Client.ReadAsync(file, 0, Memory<byte>.Empty, None)).ShouldBe(0);
        (await server.Client.HandleStatAsync(file, None)).SizeInBytes.ShouldBe(content.Length);
        await server.Client.SyncAsync(file, TimeSpan.FromSeconds(60), None);
        await server.Client.CloseAsync(file, None);
        File.ReadAllBytes(server.Local("f")).ShouldBe(content);
    }

    [Fact]
    public async Task A_closed_handle_and_a_handle_of_another_session_are_refused_here()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        await using ServerOnPipe other = await ServerOnPipe.StartAsync();
        SftpHandle file = await server.CreateAsync("f");
        await Should.ThrowAsync<ArgumentException>(async () => await other.Client.HandleStatAsync(file, None));
        await server.Client.CloseAsync(file, None);
        await Should.ThrowAsync<ObjectDisposedException>(async () => await server.Client.HandleStatAsync(file, None));
        await Should.ThrowAsync<ObjectDisposedException>(async () => await server.Client.CloseAsync(file, None));
    }

    [Fact]
    public async Task Absence_is_null_and_other_trouble_is_a_status()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        (await server.Client.StatAsync(server.Path("no"), None)).ShouldBeNull();
        (await server.Client.LinkStatAsync(server.Path("no"), None)).ShouldBeNull();
        SftpStatusException missing = await Should.ThrowAsync<SftpStatusException>(() => server.Client.OpenAsync(server.Path("no/\u001b"), SftpOpenModes.Read, null, None));
        missing.Status.ShouldBe(SftpStatus.NoSuchFile);
        missing.Message.ShouldContain("Could not open");
        missing.Message.ShouldContain("\\x1B");
        (await Should.ThrowAsync<SftpStatusException>(() => server.Client.RemoveAsync(server.Path("no"), None))).Status.ShouldBe(SftpStatus.NoSuchFile);
        (await Should.ThrowAsync<SftpStatusException>(() => server.Client.StatAsync(server.Path(new string('x', 300)), None))).Status.ShouldBe(SftpStatus.BadMessage);
        await server.CreateAsync("there");
        (await Should.ThrowAsync<SftpStatusException>(() => server.Client.OpenAsync(server.Path("there"), SftpOpenModes.Write | SftpOpenModes.Create | SftpOpenModes.Exclusive, null, None))).Status.ShouldBe(SftpStatus.Failure);
        server.Client.Broken.ShouldBeNull();
    }

    [Fact]
    public async Task Attributes_are_set_by_path_and_by_handle()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        SftpHandle file = await server.CreateAsync("f");
        await server.Client.SetHandleStatAsync(file, new SftpAttributes { Mode = 0x1A4, ModifiedUnixSeconds = 1_000_000_000 }, None);
        await server.Client.SetStatAsync(server.Path("f"), new SftpAttributes { SizeInBytes = 123 }, None);
        await server.Client.SetStatAsync(server.Path("f"), new SftpAttributes { AccessedUnixSeconds = 5, ModifiedUnixSeconds = 1_000_000_001 }, None);
        SftpAttributes now = (await server.Client.StatAsync(server.Path("f"), None)).ShouldNotBeNull();
        (now.Mode & 0xFFF).ShouldBe(0x1A4);
        now.Type.ShouldBe(SftpFileType.Regular);
        now.SizeInBytes.ShouldBe(123);
        now.AccessedUnixSeconds.ShouldBe(5u);
        now.ModifiedUnixSeconds.ShouldBe(1_000_000_001u);
        await server.Client.SetStatAsync(server.Path("f"), new SftpAttributes { UserId = now.UserId, GroupId = now.GroupId }, None);
        await Should.ThrowAsync<ArgumentException>(async () => await server.Client.SetStatAsync(server.Path("f"), new SftpAttributes { UserId = 1 }, None));
        await Should.ThrowAsync<ArgumentException>(async () => await server.Client.SetStatAsync(server.Path("f"), new SftpAttributes { AccessedUnixSeconds = 1 }, None));
    }

    [Fact]
    public async Task Directories_are_made_listed_and_removed()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        await server.Client.MakeDirectoryAsync(server.Path("d"), 0x1C0, None);
        (await Should.ThrowAsync<SftpStatusException>(() => server.Client.MakeDirectoryAsync(server.Path("d"), null, None))).Status.ShouldBe(SftpStatus.Failure);
        for (int i = 0; i < 250; i++)
            await File.WriteAllTextAsync(server.Local($"d/{i}"), "x", None);
        IReadOnlyList<SftpEntry> entries = await server.Client.ListAsync(server.Path("d"), 1_000, None);
        entries.Select(entry => Encoding.UTF8.GetString(entry.Name)).ShouldBe(Enumerable.Range(0, 250).Select(i => $"{i}"), ignoreOrder: true);
        entries[0].Attributes.SizeInBytes.ShouldBe(1);
        (await server.Client.ListAsync(server.Path("d"), 7, None)).Count.ShouldBe(7);
        static bool EndsInSeven(SftpEntry entry) => entry.Name[^1] == '7';
        (await server.Client.ListAsync(server.Path("d"), 1_000, EndsInSeven, 1_000, None)).Count.ShouldBe(25);
        (await server.Client.ListAsync(server.Path("d"), 1_000, EndsInSeven, 3, None)).Count.ShouldBe(3);
        (await server.Client.ListAsync(server.Path("d"), 0, EndsInSeven, 3, None)).ShouldBeEmpty();
        (await server.Client.LinkStatAsync(server.Path("d"), None))!.Type.ShouldBe(SftpFileType.Directory);
        await Should.ThrowAsync<SftpStatusException>(() => server.Client.RemoveDirectoryAsync(server.Path("d"), None));
        for (int i = 0; i < 250; i++)
            await server.Client.RemoveAsync(server.Path($"d/{i}"), None);
        SftpHandle directory = await server.Client.OpenDirectoryAsync(server.Path("d"), None);
        await server.Client.CloseAsync(directory, None);
        await server.Client.RemoveDirectoryAsync(server.Path("d"), None);
        (await Should.ThrowAsync<SftpStatusException>(() => server.Client.ListAsync(server.Path("d"), 7, None))).Status.ShouldBe(SftpStatus.NoSuchFile);
    }

    [Fact]
    public async Task A_directory_is_made_durable_through_a_handle_for_reading()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        SftpHandle directory = await server.Client.OpenAsync(server.Path("."), SftpOpenModes.Read, null, None);
        await server.Client.SyncAsync(directory, TimeSpan.FromSeconds(60), None);
        await server.Client.CloseAsync(directory, None);
    }

    [Fact]
    public async Task Renames_and_links()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        await File.WriteAllTextAsync(server.Local("a"), "a", None);
        await File.WriteAllTextAsync(server.Local("b"), "b", None);
        (await Should.ThrowAsync<SftpStatusException>(() => server.Client.RenameAsync(server.Path("a"), server.Path("b"), None))).Status.ShouldBe(SftpStatus.Failure);
        await server.Client.PosixRenameAsync(server.Path("a"), server.Path("b"), None);
        File.ReadAllText(server.Local("b")).ShouldBe("a");
        await server.Client.RenameAsync(server.Path("b"), server.Path("c"), None);
        await server.Client.HardLinkAsync(server.Path("c"), server.Path("d"), None);
        File.ReadAllText(server.Local("d")).ShouldBe("a");
        File.CreateSymbolicLink(server.Local("link"), server.Local("c"));
        (await server.Client.LinkStatAsync(server.Path("link"), None))!.Type.ShouldBe(SftpFileType.SymbolicLink);
        (await server.Client.StatAsync(server.Path("link"), None))!.Type.ShouldBe(SftpFileType.Regular);
        Encoding.UTF8.GetString(await server.Client.RealPathAsync(server.Path("link"), None)).ShouldBe(server.Local("c"));
        Encoding.UTF8.GetString(await server.Client.RealPathAsync("."u8.ToArray(), None)).ShouldBe(server.Directory);
    }

    [Fact]
    public async Task Free_space_is_told()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        SftpSpace space = (await server.Client.SpaceAsync(server.Path("."), None)).ShouldNotBeNull();
        space.TotalBytes.ShouldBeGreaterThan(space.AvailableBytes);
        space.AvailableBytes.ShouldBeGreaterThan(0);
        space.NameMax.ShouldBe(255);
        space.ReadOnly.ShouldBeFalse();
        SftpSpace again = (await server.Client.SpaceAsync(server.Path("."), None)).ShouldNotBeNull();
        again.FileSystemId.ShouldBe(space.FileSystemId);
    }

    [Fact]
    public async Task The_server_copies_between_its_files()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        await File.WriteAllTextAsync(server.Local("a"), "0123456789", None);
        SftpHandle from = await server.Client.OpenAsync(server.Path("a"), SftpOpenModes.Read, null, None);
        SftpHandle to = await server.CreateAsync("b");
        await server.Client.CopyDataAsync(from, 2, 3, to, 0, TimeSpan.FromMinutes(1), None);
        await server.Client.CopyDataAsync(from, 5, 0, to, 3, TimeSpan.FromMinutes(1), None);
        File.ReadAllText(server.Local("b")).ShouldBe("23456789");
        (await server.Client.CheckFileAsync(from, 0, 10, TimeSpan.FromMinutes(1), None)).ShouldBeNull();
    }

    [Fact]
    public async Task Names_are_bytes()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        byte[] name = [.. "a b'\"\n\\-"u8, 0xFF, 0xFE, 0x80];
        SftpHandle file = await server.Client.OpenAsync((byte[])[.. server.Path("x")[..^1], .. name], SftpOpenModes.Write | SftpOpenModes.Create, null, None);
        await server.Client.CloseAsync(file, None);
        IReadOnlyList<SftpEntry> entries = await server.Client.ListAsync(server.Path(""), 10, None);
        entries.ShouldHaveSingleItem().Name.ShouldBe(name);
        await server.Client.RemoveAsync((byte[])[.. server.Path("x")[..^1], .. name], None);
    }

    [Fact]
    public async Task A_path_with_NUL_is_never_sent()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        byte[] bad = [.. "a"u8, 0, .. "b"u8];
        await Should.ThrowAsync<ArgumentException>(async () => await server.Client.OpenAsync(bad, SftpOpenModes.Read, null, None));
        await Should.ThrowAsync<ArgumentException>(async () => await server.Client.RenameAsync("a"u8.ToArray(), bad, None));
        await Should.ThrowAsync<ArgumentException>(async () => await server.Client.SpaceAsync(bad, None));
        await Should.ThrowAsync<ArgumentException>(async () => await server.Client.StatAsync(new byte[40_000], None));
        (await server.Client.StatAsync("/"u8.ToArray(), None)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_read_only_server_refuses_and_the_session_goes_on()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync(null, "-R");
        (await Should.ThrowAsync<SftpStatusException>(() => server.CreateAsync("f"))).Status.ShouldBe(SftpStatus.PermissionDenied);
        (await server.Client.StatAsync("/"u8.ToArray(), None)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_lacking_extension_is_not_asked_for()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync(null, "-P", "posix-rename,statvfs,fsync,hardlink,limits,copy-data");
        server.Client.Server.MaxWriteLength.ShouldBe(32_768);
        SftpHandle file = await server.CreateAsync("f");
        (await server.Client.SpaceAsync("/"u8.ToArray(), None)).ShouldBeNull();
        (await Should.ThrowAsync<SftpStatusException>(async () => await server.Client.PosixRenameAsync("a"u8.ToArray(), "b"u8.ToArray(), None))).Status.ShouldBe(SftpStatus.OperationUnsupported);
        (await Should.ThrowAsync<SftpStatusException>(async () => await server.Client.HardLinkAsync("a"u8.ToArray(), "b"u8.ToArray(), None))).Status.ShouldBe(SftpStatus.OperationUnsupported);
        (await Should.ThrowAsync<SftpStatusException>(async () => await server.Client.SyncAsync(file, TimeSpan.Zero, None))).Status.ShouldBe(SftpStatus.OperationUnsupported);
        (await Should.ThrowAsync<SftpStatusException>(async () => await server.Client.CopyDataAsync(file, 0, 0, file, 0, TimeSpan.Zero, None))).Status.ShouldBe(SftpStatus.OperationUnsupported);
    }

    [Fact]
    public async Task The_end_is_told_to_whoever_waits_and_to_every_later_caller()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        server.Freeze();
        Task waiting = server.Client.StatAsync("/"u8.ToArray(), None);
        server.Kill();
        await Should.ThrowAsync<SftpConnectionException>(() => waiting);
        await server.Client.Ended;
        server.Client.Broken.ShouldBeOfType<SftpConnectionException>();
        await Should.ThrowAsync<SftpConnectionException>(() => server.Client.StatAsync("/"u8.ToArray(), None));
    }

    [Fact]
    public async Task Dispose_faults_what_is_pending()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        server.Freeze();
        Task waiting = server.Client.StatAsync("/"u8.ToArray(), None);
        await server.Client.DisposeAsync();
        await Should.ThrowAsync<SftpConnectionException>(() => waiting);
        await server.Client.Ended;
    }
}
