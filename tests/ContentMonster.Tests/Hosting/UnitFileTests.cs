using System.Diagnostics;
using ContentMonster.Tests.Layout;

namespace ContentMonster.Tests.Hosting;

public sealed class UnitFileTests
{
    [Fact]
    public async Task Systemd_finds_nothing_to_say_about_the_unit()
    {
        if (!File.Exists("/usr/bin/systemd-analyze"))
        {
            Assert.Skip("systemd-analyze is not installed.");
        }

        using var folder = new TempFolder();
        string unit = await File.ReadAllTextAsync(Path.Combine(SourceFile.Root, "packaging/contentmonster.service"));
        string copy = folder.File("contentmonster.service");
        await File.WriteAllTextAsync(copy, unit
            .Replace("/usr/bin/contentmonster", "/usr/bin/true", StringComparison.Ordinal)
            .Replace("file:///usr/share/doc/contentmonster/README.md", "https://example.com", StringComparison.Ordinal));
        using Process verify = Process.Start(new ProcessStartInfo("systemd-analyze", ["verify", "--man=no", "--recursive-errors=no", copy]) { RedirectStandardError = true, UseShellExecute = false })!;
        (await verify.StandardError.ReadToEndAsync()).ShouldBeEmpty();
        await verify.WaitForExitAsync();
        verify.ExitCode.ShouldBe(0);
    }
}
