using System.Security.Cryptography;
using System.Text;
using ContentMonster.Model;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class HashScriptTests : IDisposable
{
    private const int Grain = 64 << 10;
    private readonly ScratchDirectory _scratch = new();

    public static TheoryData<string, string, string> Tools()
    {
        var data = new TheoryData<string, string, string>();
        foreach (string[] shell in Shells.All)
        {
            foreach ((string name, string command) in new[] { ("openssl", "openssl dgst -sha256 -r"), ("sha256sum", "sha256sum"), ("shasum", "shasum -a 256"), ("busybox", "busybox sha256sum") })
            {
                if (File.Exists("/usr/bin/" + name))
                {
                    data.Add(string.Join(' ', shell), name, command);
                }
            }
        }

        return data;
    }

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [MemberData(nameof(Tools))]
    public async Task Whole_files_of_any_name_are_hashed_many_in_one_command(string shell, string tool, string command)
    {
        string[] names = ["a", "-rf", "two words", "it's", "$(touch x)", "`id`", "new\nline", "tab\t", "back\\slash", "a\rb", "\\", "*", "ü", "\u00ff\u00fe raw", "~", "#", new string('n', 255)];
        var contents = new List<byte[]>();
        foreach (string name in names)
        {
            // Sizes around nothing at all, and content that looks like an answer.
            contents.Add(name == "a" ? [] : Encoding.Latin1.GetBytes($"end\nrun 0\n{name}"));
            Posix.WriteFile(_scratch.Path, Raw(name), contents[^1]);
        }

        RemoteRange[] ranges = [.. names.Select((name, at) => new RemoteRange(Raw(name), 0, contents[at].Length, WholeFile: true))];
        (await HashAsync(shell, tool, command, ranges)).ShouldBe(contents.Select(content => Convert.ToHexString(SHA256.HashData(content))));
        Directory.GetFiles(_scratch.Path).Length.ShouldBe(names.Length);
    }

    [Theory]
    [MemberData(nameof(Tools))]
    public async Task A_file_that_is_missing_costs_only_its_own_answer(string shell, string tool, string command)
    {
        Posix.WriteFile(_scratch.Path, Raw("first"), [1]);
        Posix.WriteFile(_scratch.Path, Raw("last"), [2]);
        string?[] found = await HashAsync(shell, tool, command, Whole("first"), Whole("missing"), Whole("last"), new RemoteRange(Raw("absent"), Grain, Grain, WholeFile: false));
        found[0].ShouldBe(Convert.ToHexString(SHA256.HashData([1])));
        found[2].ShouldBe(Convert.ToHexString(SHA256.HashData([2])));
        found[1].ShouldBeNull();

        // dd reads nothing of what is not there, which has a hash, too.
        found[3].ShouldBeNull();
    }

    [Theory]
    [MemberData(nameof(Tools))]
    public async Task Chunks_of_every_size_are_hashed_where_they_begin_and_end(string shell, string tool, string command)
    {
        byte[] content = RandomNumberGenerator.GetBytes((5 << 20) + 12_345);
        File.WriteAllBytes(_scratch["big"], content);
        foreach (int chunk in new[] { Grain, 3 * Grain, 1 << 20, (1 << 20) + Grain, 2 << 20, 5 << 20 })
        {
            var ranges = new List<RemoteRange>();
            for (int at = 0; at < content.Length; at += chunk)
            {
                ranges.Add(new RemoteRange(Raw("big"), at, Math.Min(chunk, content.Length - at), WholeFile: false));
            }

            (await HashAsync(shell, tool, command, [.. ranges])).ShouldBe(ranges.Select(range => Convert.ToHexString(SHA256.HashData(content.AsSpan((int)range.Offset, (int)range.Length)))));
        }
    }

    [Fact]
    public async Task More_files_than_one_command_line_holds_go_in_several()
    {
        string folder = new('d', 200);
        Directory.CreateDirectory(_scratch[folder]);
        var ranges = new List<RemoteRange>();
        for (int number = 0; number < 512; number++)
        {
            string name = $"{number}-{new string('\'', 200)}";
            File.WriteAllText(_scratch[$"{folder}/{name}"], name);
            ranges.Add(new RemoteRange(Raw($"{folder}/{name}"), 0, name.Length, WholeFile: true));
        }

        (await HashAsync("/bin/sh", "sha256sum", "sha256sum", [.. ranges])).ShouldBe(ranges.Select(range => Convert.ToHexString(SHA256.HashData(range.File.Name.Span))));
    }

    [Fact]
    public async Task A_tool_that_prints_names_first_is_asked_for_each_file_alone()
    {
        Posix.WriteFile(_scratch.Path, Raw("one"), [1]);
        Posix.WriteFile(_scratch.Path, Raw("two"), [2]);
        File.WriteAllText(_scratch["digest"], """
            #!/bin/sh
            if [ $# = 0 ]; then sha256sum | cut -c1-64; else for f; do echo "($f) = $(sha256sum <"$f" | cut -c1-64)"; done; fi
            """);
        Posix.Run("chmod", "+x", _scratch["digest"]);
        RemoteRange[] ranges = [Whole("one"), Whole("two")];
        byte[] script = HashScript.For(new HashTool("digest", "./digest", ByName: false), ranges);
        Read(ranges, (await Shells.RunAsync(["/bin/sh"], script, _scratch.Path)).Output).ShouldBe([Convert.ToHexString(SHA256.HashData([1])), Convert.ToHexString(SHA256.HashData([2]))]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("This service allows sftp connections only.")]
    [InlineData("0 ")]
    [InlineData("0 xyz")]
    [InlineData("7 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("-1 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("99999999999 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("0 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85")]
    [InlineData("run 0\nno\nno\nno\nno\nend")]
    [InlineData("run \nrun -5\nend\n")]
    public void What_is_no_answer_is_no_hash(string output) =>
        Read([Whole("a"), Whole("b")], Encoding.Latin1.GetBytes(output)).ShouldBe([null, null]);

    private static BytePath Raw(string latin) => new(Encoding.Latin1.GetBytes(latin));

    private static RemoteRange Whole(string name) => new(Raw(name), 0, 1, WholeFile: true);

    private static string?[] Read(RemoteRange[] ranges, byte[] output) =>
        [.. HashScript.Read(ranges, output).Select(hash => hash.Sha256 is { } digest ? Convert.ToHexString(digest) : null)];

    private async Task<string?[]> HashAsync(string shell, string tool, string command, params RemoteRange[] ranges) =>
        Read(ranges, (await Shells.RunAsync(shell.Split(' '), HashScript.For(new HashTool(tool, command), ranges), _scratch.Path)).Output);
}
