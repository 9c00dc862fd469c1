using ContentMonster.Model;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Fuzzing;

/// <summary>Words of any bytes through real shells and back, thousands a shell.</summary>
public sealed class ShellWordsFuzzTests
{
    private const long UsualWords = 100_000;
    private const int WordsInAShell = 5_000;

    [Theory, InlineData("/bin/sh", ""), InlineData("busybox", "sh")]
    public async Task Any_word_comes_back_from_a_real_shell(string program, string argument)
    {
        Campaign campaign = Campaign.Of(UsualWords);
        for (long number = 0; number < campaign.Count; number += WordsInAShell)
        {
            int seed = campaign.SeedOf(number / WordsInAShell);
            try
            {
                await RunAsync(new Random(seed), (int)Math.Min(WordsInAShell, campaign.Count - number), program, argument);
            }
            catch (Exception failure)
            {
                throw Campaign.Named(seed, failure);
            }
        }

        Campaign.Say($"{campaign.Count} words through {program} {argument} from seed {campaign.FirstSeed} on");
    }

    private static async Task RunAsync(Random chance, int count, string program, string argument)
    {
        using var scratch = new ScratchDirectory();
        using var script = new MemoryStream();
        using var expected = new MemoryStream();
        for (int i = 0; i < count; i++)
        {
            Append(script, expected, chance.Word(chance.OneIn(50) ? 2_000 : 30), i);
        }

        await File.WriteAllBytesAsync(scratch["script"], script.ToArray(), TestContext.Current.CancellationToken);
        string[] arguments = argument.Length > 0 ? [argument, scratch["script"]] : [scratch["script"]];
        await using SshProcess shell = SshProcess.StartLocal(program, arguments, new Dictionary<string, string>(StringComparer.Ordinal) { ["LC_ALL"] = "C", ["PATH"] = scratch.Path });
        using var output = new MemoryStream();
        await shell.Transport.CopyToAsync(output, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(2), TimeProvider.System);
        int differs = output.ToArray().AsSpan().CommonPrefixLength(expected.ToArray());
        (output.Length == expected.Length && differs == expected.Length).ShouldBeTrue($"they differ at {differs}; the shell says {shell.ErrorText}");
        shell.ErrorText.ShouldBe("");
        Directory.GetFileSystemEntries(scratch.Path).ShouldBe([scratch["script"]], "nothing was written, and with this PATH nothing could run");
    }

    // The three ways in which words reach a shell: as a word, as a path that no tool takes for an option, and as a whole script that is a word of another.
    private static void Append(MemoryStream script, MemoryStream expected, byte[] word, int number)
    {
        switch (number % 3)
        {
            case 0:
                Write(script, [.. "printf %s "u8, .. ShellQuote.Quote(word)]);
                expected.Write(word);
                break;
            case 1:
                Write(script, [.. "printf %s "u8, .. HashScript.Word(new BytePath(word))]);
                expected.Write(word.AsSpan().StartsWith("/"u8) ? word : [.. "./"u8, .. word]);
                break;
            default:
                Write(script, [.. "eval "u8, .. ShellQuote.Quote([.. "printf %s "u8, .. ShellQuote.Quote(word)])]);
                expected.Write(word);
                break;
        }

        Write(script, "echo"u8);
        expected.WriteByte((byte)'\n');
    }

    private static void Write(MemoryStream script, ReadOnlySpan<byte> line)
    {
        script.Write(line);
        script.WriteByte((byte)'\n');
    }
}
