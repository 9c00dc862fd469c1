using System.Text;
using System.Text.RegularExpressions;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Fuzzing;

/// <summary>A remote shell that says anything: its own session ends with a named error, by the clock at the latest.</summary>
public sealed partial class HostileShellTests
{
    private const int UsualSessions = 500;
    private const int UsualPrompts = 100_000;
    private const int MostAdvances = 10_000;

    [Fact]
    public async Task A_shell_that_says_anything_ends_or_answers()
    {
        Campaign campaign = Campaign.Of(UsualSessions);
        for (long number = 0; number < campaign.Count; number++)
        {
            int seed = campaign.SeedOf(number);
            try
            {
                await SessionAsync(new Random(seed));
            }
            catch (Exception failure)
            {
                throw Campaign.Named(seed, failure);
            }
        }
    }

    [Fact]
    public void No_prompt_but_the_expected_gets_a_secret() => Campaign.Run(UsualPrompts, chance =>
    {
        string[] expected = ["u@vessel's password: ", "Enter passphrase for key '/keys/id': ", "(u@vessel) Password: "];
        string prompt = Encoding.Latin1.GetString(chance.Mutated(Encoding.Latin1.GetBytes(chance.Of(expected))));
        var target = new SshTarget { Host = "vessel", User = "u", KnownHostsFile = "/k", IdentityFile = "/keys/id" };
        string? answer = AskpassPrompts.For(target, new SshSecrets("word", "phrase"), null).Answer(prompt);

        // Text that the server chose has the prefix that ssh puts before it, and gets the password at most.
        string? allowed = prompt == expected[0] ? "word" : prompt == expected[1] ? "phrase" : prompt.StartsWith("(u@vessel) ", StringComparison.Ordinal) ? "word" : null;
        (answer is null || answer == allowed).ShouldBeTrue(prompt);
    });

    private static async Task SessionAsync(Random chance)
    {
        var time = new ManualTime();
        var link = new MemoryLink();
        int mutateOneIn = chance.Of([1, 2, 4]);
        Task speaking = SpeakAsync(link.Far, new Random(chance.Next()), mutateOneIn);
        Task using_ = UseAsync(link.Near, time, chance);
        for (int i = 0; !using_.IsCompleted; i++)
        {
            i.ShouldBeLessThan(MostAdvances, "a shell that hangs");
            await Task.WhenAny(using_, Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System));
            time.Advance(TimeSpan.FromSeconds(5));
        }

        await using_;
        await link.Far.DisposeAsync();
        await speaking;
    }

    private static async Task UseAsync(Stream transport, ManualTime time, Random chance)
    {
        try
        {
            await using RemoteShell shell = await RemoteShell.StartAsync(transport, new RemoteShellOptions { Time = time, MaxOutputBytes = 10_000 }, CancellationToken.None);
            for (int i = chance.Next(1, 5); i > 0; i--)
            {
                ShellResult result = await shell.RunAsync("true"u8.ToArray(), Timeout.InfiniteTimeSpan, CancellationToken.None);
                result.Output.Length.ShouldBeLessThanOrEqualTo(10_000);
            }
        }
        catch (RemoteShellException told)
        {
            told.Message.Length.ShouldBeInRange(20, 2_000);
        }
    }

    /// <summary>Answers each script as a shell would, bent now and then.</summary>
    private static async Task SpeakAsync(Stream far, Random chance, int mutateOneIn)
    {
        byte[] buffer = new byte[64 << 10];
        try
        {
            while (await far.ReadAsync(buffer) is > 0 and int count)
            {
                string text = Encoding.Latin1.GetString(buffer, 0, count);
                foreach (string token in Tokens().Matches(text).Select(match => match.Value.Replace("'", "", StringComparison.Ordinal)).Distinct(StringComparer.Ordinal))
                {
                    byte[] sound = Encoding.Latin1.GetBytes($"B{token}\nH{token}\nout\nE{token} 0\n");
                    byte[] said = !chance.OneIn(mutateOneIn) ? sound : chance.Next(5) switch
                    {
                        0 => chance.Bytes(chance.Next(300)),
                        1 => [.. sound[..^1], .. chance.Word(40)],
                        2 => [.. sound[..(token.Length + 2)], .. new byte[chance.Of([100, 9_000, 30_000, 100_000])]],
                        3 => [],
                        _ => chance.Mutated(sound),
                    };
                    await far.WriteAsync(said);
                    await far.FlushAsync();
                }

                if (chance.OneIn(20))
                {
                    await far.DisposeAsync();
                    return;
                }
            }
        }
        catch (Exception over) when (over is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The other side has left.
        }
    }

    [GeneratedRegex("(?<=cm_open |E'')[0-9a-f]{32}", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Tokens();
}
