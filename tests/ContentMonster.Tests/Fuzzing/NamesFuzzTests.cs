using System.Text;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Wire;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Fuzzing;

/// <summary>Names of any bytes: where they lead, how long they get, how they are shown.</summary>
public sealed class NamesFuzzTests
{
    private const int UsualCases = 100_000;
    private const int LongestName = 255;

    [Fact]
    public void Unfinished_files_lie_beside_their_destination_under_names_that_fit() => Campaign.Run(UsualCases, chance =>
    {
        BytePath folder = chance.OneIn(3) ? default : new BytePath([.. "inbox/"u8, .. chance.FileName()]);
        BytePath destination = folder.Join(new BytePath(chance.FileName()));
        string id = Convert.ToHexStringLower(chance.Bytes(PartName.IdLength / 2));
        BytePath sibling = PartName.Sibling(destination, id);
        sibling.Parent.ShouldBe(folder);
        sibling.Parent.Join(sibling.Name).ShouldBe(sibling);
        sibling.Name.Span.Length.ShouldBeInRange(1, LongestName);
        (sibling == destination).ShouldBeFalse();
        PartName.IsSibling(sibling.Name.Span).ShouldBeTrue();
        PartName.IdOf(sibling).ShouldBe(id);
        PartName.Sibling(destination, Convert.ToHexStringLower(chance.Bytes(PartName.IdLength / 2))).ShouldNotBe(sibling);
        byte[] similar = [.. chance.Mutated(destination.Name.Bytes).Where(one => one != '/'), (byte)'.'];
        BytePath other = folder.Join(new BytePath(similar));
        (other == destination || PartName.Sibling(other, id) != sibling).ShouldBeTrue("two files never share an unfinished one");
    });

    [Fact]
    public void Paths_are_put_together_and_taken_apart_without_loss() => Campaign.Run(UsualCases, chance =>
    {
        byte[][] names = [.. Enumerable.Range(0, chance.Next(1, 6)).Select(_ => chance.FileName())];
        BytePath path = names.Aggregate(default(BytePath), (folder, name) => folder.Join(new BytePath(name)));
        path.Span.Length.ShouldBe(names.Sum(name => name.Length) + names.Length - 1);
        for (int i = names.Length - 1; i >= 0; i--)
        {
            path.Name.Span.SequenceEqual(names[i]).ShouldBeTrue();
            path = path.Parent;
        }

        path.IsEmpty.ShouldBeTrue();
    });

    [Fact]
    public void No_bytes_reach_a_terminal_but_as_text() => Campaign.Run(UsualCases, chance =>
    {
        byte[] bytes = chance.OneIn(3) ? Encoding.UTF8.GetBytes(Signs(chance)) : chance.Word(60);
        string shown = DisplayText.Escape(bytes);
        Harmless.Check(shown);
        Harmless.Check(Escaped.Text(bytes));
        Harmless.Check(new BytePath(bytes).ToString());
        Harmless.Check(OneLine.Of(shown));
        string text = Signs(chance) + Encoding.Latin1.GetString(bytes);
        Harmless.Check(DisplayText.Escape(text));
        Harmless.Check(OneLine.Of(text));
        Harmless.Check(OneLine.Of(new IOException(text)));

        // Two names are never shown alike: who reads the log can tell them apart.
        byte[] other = chance.Mutated(bytes);
        (other.AsSpan().SequenceEqual(bytes) || DisplayText.Escape(other) != shown).ShouldBeTrue(shown);
    });

    [Fact]
    public void A_remote_shells_answer_is_the_same_however_it_comes_and_nothing_else_is_one() => Campaign.Run(UsualCases, chance =>
    {
        string token = Convert.ToHexStringLower(chance.Bytes(16));
        byte[] output = chance.Word(200);
        byte[] sound = [.. chance.Word(30), .. Encoding.ASCII.GetBytes($"B{token}\n"), .. output, .. Encoding.ASCII.GetBytes($"H{token}\n"), .. output, .. Encoding.ASCII.GetBytes($"E{token} 7\n")];
        bool bent = chance.OneIn(2);
        byte[] said = bent ? chance.Mutated(sound) : sound;
        ShellFrame frame = ShellFrame.ForScript(token, 1_000);
        for (int at = 0; at < said.Length;)
        {
            int piece = Math.Min(chance.Next(1, 40), said.Length - at);
            frame.Feed(said.AsSpan(at, piece));
            at += piece;
        }

        if (!bent)
        {
            frame.Result!.ExitStatus.ShouldBe(7);
            frame.Result.Output.AsSpan().SequenceEqual((byte[])[.. output, .. output]).ShouldBeTrue();
        }

        (frame.Result is not null && frame.Trouble is not null).ShouldBeFalse();
        frame.HeardText().Length.ShouldBeLessThanOrEqualTo(1_024);
    });

    [Fact]
    public void Hashes_are_64_digits_or_nothing_whatever_a_shell_prints() => Campaign.Run(UsualCases, chance =>
    {
        RemoteRange[] ranges = [.. Enumerable.Range(0, chance.Next(1, 5)).Select(_ => new RemoteRange(BytePath.FromText("f"), 0, 1, WholeFile: true))];
        byte[][] digests = [.. ranges.Select(_ => chance.Bytes(32))];
        var text = new StringBuilder(chance.OneIn(2) ? "run 0\n" : "");
        bool byName = text.Length > 0;
        for (int i = 0; i < ranges.Length; i++)
        {
            text.Append(byName ? $"{Convert.ToHexStringLower(digests[i])}  name\n" : $"{i} {Convert.ToHexStringLower(digests[i])}  -\n");
        }

        byte[] sound = Encoding.ASCII.GetBytes(text.Append(byName ? "end\n" : "").ToString());
        HashScript.Read(ranges, sound).Zip(digests).All(pair => pair.First.Sha256.AsSpan().SequenceEqual(pair.Second)).ShouldBeTrue();

        byte[] bent = chance.OneIn(3) ? Encoding.ASCII.GetBytes($"run {chance.Of(RunNumbers)}\n{Encoding.ASCII.GetString(sound)}") : chance.Mutated(sound);
        IReadOnlyList<RangeHash> read = HashScript.Read(ranges, bent);
        read.Count.ShouldBe(ranges.Length);
        read.All(hash => hash.Sha256 is null or { Length: 32 }).ShouldBeTrue();
    });

    [Fact]
    public void What_ssh_says_is_taken_apart_whatever_it_is() => Campaign.Run(UsualCases / 5, chance =>
    {
        string text = Encoding.Latin1.GetString(chance.Mutated("debug1: Remote protocol version 2.0, remote software version OpenSSH\r\ndebug1: Server host key: ssh-ed25519 SHA256:abc\nAuthenticated to x using \"publickey\".\n"u8.ToArray()));
        SshTalk.Of(text, isAll: true, spokenInto: chance.OneIn(2)).LoggedInBy?.Length.ShouldBeLessThan(text.Length);
        SshTalk.WithoutDebugging(text).Length.ShouldBeLessThanOrEqualTo(text.Length);
        Harmless.Check(VesselFault.FromSsh("do", "v", text, 255, new IOException(text)).Message);
    });

    private static IReadOnlyList<string> RunNumbers => ["-1", "0", "1", "2147483647", "2147483646", "4294967296", "99999999999999999999", "", "x"];

    private static string Signs(Random chance) =>
        string.Concat(Enumerable.Range(0, chance.Next(12)).Select(_ => chance.OneIn(2) ? (char)chance.Next(0x20, 0x250) : (char)chance.Next(0x2000, 0x2070)));
}
