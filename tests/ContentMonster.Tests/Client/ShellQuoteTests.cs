using System.Globalization;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Process;
using FsCheck;
using FsCheck.Fluent;

namespace ContentMonster.Tests.Client;

public sealed class ShellQuoteTests
{
    [Theory, InlineData("/bin/sh", ""), InlineData("bash", ""), InlineData("busybox", "sh")]
    public async Task Any_bytes_come_through_a_real_shell_unchanged(string program, string argument)
    {
        // One shell for all words: each is printed with its length in front by us, and compared byte for byte.
        Gen<byte> any = Gen.Choose(1, 255).Select(value => (byte)value);
        Gen<byte> nasty = Gen.Elements("'\\\"$`\n\r\t !*?~#&;|<>(){}[]=-%"u8.ToArray());
        byte[][] words = Gen.Sample(Gen.ArrayOf(Gen.OneOf(any, nasty)), 400, 60).Append([]).Append("'"u8.ToArray()).Append("''"u8.ToArray()).ToArray();
        byte[] script = [.. words.SelectMany(word => (byte[])[.. "printf %s "u8, .. ShellQuote.Quote(word), (byte)'\n'])];
        await using SshProcess shell = SshProcess.StartLocal(program, argument.Length > 0 ? [argument] : [], new Dictionary<string, string>(StringComparer.Ordinal) { ["LC_ALL"] = "C" });
        Task sending = SendAsync(shell, script);
        using var output = new MemoryStream();
        await shell.Transport.CopyToAsync(output, TestContext.Current.CancellationToken);
        await sending;
        output.ToArray().ShouldBe(words.SelectMany(word => word).ToArray());
        shell.ErrorText.ShouldBe("");
        words.Length.ShouldBeGreaterThan(50, string.Create(CultureInfo.InvariantCulture, $"{words.Length}"));
    }

    [Fact]
    public void A_quoted_word_is_one_word_whatever_it_holds() => Check.QuickThrowOnFailure(Prop.ForAll<byte[]>(word =>
    {
        byte[] text = [.. word.Where(one => one != 0)];
        byte[] quoted = ShellQuote.Quote(text);
        return Unquote(quoted).AsSpan().SequenceEqual(text);
    }));

    [Fact]
    public void A_zero_byte_is_refused() => Should.Throw<ArgumentException>(() => ShellQuote.Quote([1, 0]));

    private static async Task SendAsync(SshProcess shell, byte[] script)
    {
        await shell.Transport.WriteAsync(script, TestContext.Current.CancellationToken);
        ((ChildStream)shell.Transport).EndInput();
    }

    private static byte[] Unquote(byte[] quoted)
    {
        List<byte> word = [];
        bool inside = false;
        for (int i = 0; i < quoted.Length; i++)
        {
            if (quoted[i] == '\'')
            {
                inside = !inside;
            }
            else if (inside)
            {
                word.Add(quoted[i]);
            }
            else
            {
                quoted[i].ShouldBe((byte)'\\');
                word.Add(quoted[++i]);
            }
        }

        inside.ShouldBeFalse();
        return [.. word];
    }
}
