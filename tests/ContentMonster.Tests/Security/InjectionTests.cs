using System.Globalization;
using System.Text;
using ContentMonster.Configuration;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Configuration;
using ContentMonster.Tests.Fuzzing;
using ContentMonster.Tests.Support;
using Posix = ContentMonster.Tests.Support.Posix;

namespace ContentMonster.Tests.Security;

/// <summary>The whole table through the settings, our argument lists and the real ssh, under an ssh_config that hands every name to a shell.</summary>
public sealed class InjectionTests : IDisposable
{
    private const int LeastValues = 200;
    private readonly ScratchDirectory _scratch = new();
    private readonly string _marks;
    private readonly string _ssh;

    public InjectionTests()
    {
        _marks = Directory.CreateDirectory(_scratch["marks"]).FullName;
        _ssh = _scratch["ssh"];
        Posix.Run("sh", "-c", $"printf '#!/bin/sh\\ntouch {_marks}/$1\\n' >{_scratch["mark"]}; chmod 755 {_scratch["mark"]}");

        // ssh pastes the names in; the commands do nothing themselves, and the connection goes nowhere.
        File.WriteAllText(_scratch["config"], "Match exec \"true %h %n %r %p\"\n    IPQoS ef\nHost *\n    ProxyCommand true %h %n %r %p; exit 1\n");
        File.WriteAllText(_ssh, $"#!/bin/sh\nexec ssh -F '{_scratch["config"]}' \"$@\"\n");
        Posix.Run("chmod", "755", _ssh);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string[] Marks => [.. Directory.GetFiles(_marks).Select(file => Path.GetFileName(file)!)];

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Nothing_in_the_table_runs_a_command()
    {
        (string Key, string Value)[] table = [.. InjectionTable.All];
        table.Length.ShouldBeGreaterThan(LeastValues);
        List<string> taken = [];
        for (int number = 0; number < table.Length; number++)
        {
            (string key, string raw) = table[number];
            string value = Armed(raw, number);
            string text = key == "Address" ? Ini.Whole.Replace("one.example", value, StringComparison.Ordinal) : $"{Ini.Whole}{key} = {value}\n";
            SettingsResult result = Ini.Parse(text);
            result.Errors.ShouldAllBe(error => error.Line >= 3 && error.Section != null, $"{key} = {value}");
            result.Errors.ToList().ForEach(error => Harmless.Check(error.ToString()));
            if (result.Settings?.Vessels.Single() is { } vessel)
            {
                taken.Add($"{key} = {value}");
                await ThroughSshAsync(SettingsFuzzTests.Target(vessel) with { SshProgram = _ssh, KnownHostsFile = vessel.KnownHosts ?? _scratch["known"] });
            }
        }

        Marks.ShouldBeEmpty(string.Join('\n', taken));
        taken.Count.ShouldBeInRange(5, table.Length / 2, "some are mere names, most are not");
    }

    [Fact]
    public async Task Even_past_our_own_rules_a_host_is_never_an_option()
    {
        int number = 0;
        foreach (string host in InjectionTable.All.Where(entry => entry.Key == "Address").Select(entry => Armed(entry.Value, number++)).Where(host => host.Length > 0 && !host.Contains('\0', StringComparison.Ordinal)))
        {
            File.WriteAllText(_scratch["config"], "Host *\n    ProxyCommand false\n");
            var target = new SshTarget { Host = host, KnownHostsFile = _scratch["known"], SshProgram = _ssh };
            await ProcessText.RunAsync(_ssh, [.. SshArguments.ForSubsystem(target, "sftp", configuration: null)]);
            await ProcessText.RunAsync(_ssh, [.. SshArguments.ForQuestion(target)]);
        }

        Marks.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_trap_itself_works()
    {
        // Without "--", with a wide-open option, and through the configuration: each leaves its mark.
        File.WriteAllText(_scratch["config"], "Host *\n    ProxyCommand exit 1\n");
        await ProcessText.RunAsync(_ssh, [Armed("-oProxyCommand=RUN", 1), "host"]);
        await ProcessText.RunAsync(_ssh, ["-o", Armed("ProxyCommand=RUN", 2), "--", "host"]);
        await ProcessText.RunAsync("sh", ["-c", Armed("true x;RUN", 3)]);
        Marks.Order(StringComparer.Ordinal).ShouldBe(["1", "2", "3"]);
    }

    private string Armed(string value, int number) => value.Replace("RUN", string.Create(CultureInfo.InvariantCulture, $"{_scratch["mark"]} {number}"), StringComparison.Ordinal);

    private static async Task ThroughSshAsync(SshTarget target)
    {
        target.Validate().ShouldBeEmpty();
        SshConfiguration? configuration = null;
        try
        {
            configuration = await SshConfiguration.AskAsync(target, Token);
        }
        catch (IOException)
        {
            // ssh itself refuses some that we let pass.
        }

        await using SshProcess session = SshProcess.StartSubsystem(target, "sftp", configuration);
        (_, SshExit exit) = await ProcessText.ReadToEndAsync(session);
        exit.ExitCode.ShouldBe(255);
    }
}
