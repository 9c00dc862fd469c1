using System.Text;
using ContentMonster.Model;
using ContentMonster.Shore;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Shore;

/// <summary>With openat2 and RENAME_NOREPLACE.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public class LinuxShoreRootTests : ShoreRootConformance
{
    public LinuxShoreRootTests() : this(LinuxAbilities.All)
    {
    }

    private protected LinuxShoreRootTests(LinuxAbilities abilities) : base(location => LinuxShoreRoot.Open(location, abilities))
    {
    }

    [Fact]
    public void Names_that_are_no_text_are_bytes_like_any_other()
    {
        var name = new BytePath([0xff, 0xfe, (byte)'x', 0x80]);
        Posix.WriteFile(Here, name, "content"u8);
        Root.List(default).Single().Name.ShouldBe(name);
        using (ShoreFile file = Root.OpenFile(name))
        {
            file.Stamp.SizeInBytes.ShouldBe(7);
        }

        Root.Move(name, P("processed").Join(name)).ShouldBeTrue();
        Root.Look(P("processed").Join(name)).ShouldNotBeNull();
    }

    [Fact]
    public void A_move_that_fails_names_both_ends()
    {
        File.WriteAllText(Here + "/one", "x");
        string place = "processed/" + new string('x', 300);
        Should.Throw<ShoreException>(() => Root.Move(P("one"), P(place))).Message.ShouldBe($"Could not move one to {place}, because its name is too long.");
    }

    [Fact]
    public void What_is_made_for_an_archive_may_be_written_to_though_the_directory_it_is_like_may_not()
    {
        Assert.SkipUnless(Posix.IsRoot, "Takes a file out of a directory that is read-only.");
        Directory.CreateDirectory(Here + "/locked");
        File.WriteAllText(Here + "/locked/file", "x");
        Posix.Run("chmod", "550", Here + "/locked");
        Root.Move(P("locked/file"), P("processed/locked/file")).ShouldBeTrue();
        new DirectoryInfo(Here + "/processed/locked").UnixFileMode.ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
        Posix.Run("chmod", "750", Here + "/locked");
    }

    [Fact]
    public void A_file_that_was_closed_is_not_taken_for_the_next_that_has_its_number()
    {
        File.WriteAllText(Here + "/file", "one");
        File.WriteAllText(Here + "/other", "another");
        ShoreFile file = Root.OpenFile(P("file"));
        file.Dispose();
        using ShoreFile other = Root.OpenFile(P("other"));
        Should.Throw<ObjectDisposedException>(() => file.CurrentStamp());
    }

    [Fact]
    public void Paths_far_longer_than_one_call_takes_are_walked()
    {
        string element = new('d', 200);
        BytePath deep = default;
        File.WriteAllText(Here + "/file", "deep");
        for (int i = 0; i < 30; i++)
        {
            deep = deep.Join(P(element));
        }

        deep.Span.Length.ShouldBeGreaterThan(6000);
        Root.Move(P("file"), deep.Join(P("file"))).ShouldBeTrue();
        Root.List(deep).Single().Name.ShouldBe(P("file"));
        Root.Sync(deep);
        using ShoreFile file = Root.OpenFile(deep.Join(P("file")));
        file.Stamp.SizeInBytes.ShouldBe(4);
        Root.Look(deep.Join(P("nothing"))).ShouldBeNull();
    }

    [Fact]
    public void A_name_that_is_too_long_is_told()
    {
        Should.Throw<ShoreException>(() => Root.Look(P(new string('n', 256)))).Failure.ShouldBe(ShoreFailure.TooLong);
        Should.Throw<ShoreException>(() => Root.OpenFile(P("a\0b"))).Failure.ShouldBe(ShoreFailure.Missing);
    }

    [Fact]
    public void Pipes_sockets_and_devices_are_told_apart_and_not_opened()
    {
        Posix.Run("mkfifo", Here + "/fifo");
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(Here + "/socket"));
        Root.List(default).Select(entry => entry.Kind).Order().ShouldBe([ShoreEntryKind.Fifo, ShoreEntryKind.Socket]);
        Should.Throw<ShoreException>(() => Root.OpenFile(P("fifo"))).Failure.ShouldBe(ShoreFailure.NotARegularFile);
        Should.Throw<ShoreException>(() => Root.OpenFile(P("socket"))).Failure.ShouldBe(ShoreFailure.NotARegularFile);
    }

    [Fact]
    public void A_device_is_not_opened()
    {
        Assert.SkipUnless(Posix.IsRoot, "Only root makes devices.");
        Posix.Run("mknod", Here + "/null", "c", "1", "3");
        Root.Look(P("null"))!.Value.Kind.ShouldBe(ShoreEntryKind.Device);
        Should.Throw<ShoreException>(() => Root.OpenFile(P("null"))).Failure.ShouldBe(ShoreFailure.NotARegularFile);
    }

    [Fact]
    public void A_hard_link_to_anothers_file_is_refused_and_to_ones_own_is_not()
    {
        Assert.SkipUnless(Posix.IsRoot, "Only root gives files away.");
        File.WriteAllText(Outside + "/own", "own");
        Posix.Run("ln", Outside + "/own", Here + "/own");
        Posix.Run("chown", "65534", Outside + "/secret");
        Posix.Run("ln", Outside + "/secret", Here + "/foreign");
        Root.OpenFile(P("own")).Dispose();
        Should.Throw<ShoreException>(() => Root.OpenFile(P("foreign"))).Failure.ShouldBe(ShoreFailure.ForeignHardLink);
    }

    [Fact]
    public void A_writer_is_seen_and_its_close_too()
    {
        using (var writer = new FileStream(Here + "/file", FileMode.Create, FileAccess.Write, FileShare.ReadWrite))
        {
            writer.WriteByte(1);
            using ShoreFile open = Root.OpenFile(P("file"));
            open.ProbeWriter().ShouldBe(WriterVerdict.Writing);
        }

        using ShoreFile file = Root.OpenFile(P("file"));
        file.ProbeWriter().ShouldBe(WriterVerdict.Free);
        using var reader = new FileStream(Here + "/file", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.ProbeWriter().ShouldBe(WriterVerdict.Free);
    }

    [Fact]
    public void A_racer_that_swaps_a_parent_for_a_link_never_leads_outside()
    {
        Directory.CreateDirectory(Here + "/door");
        File.WriteAllText(Here + "/door/secret", "inside");
        Directory.CreateSymbolicLink(Here + "/link", Outside);
        using var stop = new CancellationTokenSource();
        var racer = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Directory.Move(Here + "/door", Here + "/aside");
                Directory.Move(Here + "/link", Here + "/door");
                Directory.Move(Here + "/door", Here + "/link");
                Directory.Move(Here + "/aside", Here + "/door");
            }
        });
        racer.Start();
        int inside = 0;
        var buffer = new byte[6];
        for (int i = 0; i < 20_000; i++)
        {
            try
            {
                using ShoreFile file = Root.OpenFile(P("door/secret"));
                file.Read(0, buffer).ShouldBe(6);
                Encoding.ASCII.GetString(buffer).ShouldBe("inside");
                inside++;
            }
            catch (ShoreException)
            {
                // Swapped just now.
            }
        }

        stop.Cancel();
        racer.Join();
        inside.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void A_made_parent_has_the_mode_of_the_directory_that_the_file_leaves()
    {
        File.WriteAllText(Here + "/file", "");
        File.SetUnixFileMode(Here, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Root.Move(P("file"), P("processed/file")).ShouldBeTrue();
        File.GetUnixFileMode(Here + "/processed").ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public void Another_file_system_below_is_told()
    {
        Assert.SkipUnless(Posix.IsRoot, "Only root mounts.");
        Directory.CreateDirectory(Here + "/processed");
        File.WriteAllText(Here + "/file", "");
        Posix.Run("mount", "-t", "tmpfs", "none", Here + "/processed");
        try
        {
            Should.Throw<ShoreException>(() => Root.Move(P("file"), P("processed/file"))).Failure.ShouldBe(ShoreFailure.OtherFileSystem);
            File.Exists(Here + "/file").ShouldBeTrue();
        }
        finally
        {
            Posix.Run("umount", "-l", Here + "/processed");
        }
    }
}

/// <summary>As on a kernel, a file system or in a container that has neither.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class OldLinuxShoreRootTests : LinuxShoreRootTests
{
    public OldLinuxShoreRootTests() : base(new(OpenBeneath: false, RenameWithoutReplacing: false))
    {
    }
}

public sealed class PortableShoreRootTests : ShoreRootConformance
{
    public PortableShoreRootTests() : base(PortableShoreRoot.Open)
    {
    }
}
