using System.Diagnostics;
using System.Globalization;
using ContentMonster.Daemon.Demo;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Ssh;

[Collection(Alone.Name)]
public sealed class ProcessTreeTests
{
    private const int MostTries = 200;

    [Fact]
    public async Task A_process_is_ended_also_when_an_ended_child_of_ours_had_its_id()
    {
        for (int i = 0; i < MostTries; i++)
        {
            using Process old = Process.Start("true");
            await old.WaitForExitAsync(TestContext.Current.CancellationToken);

            // Root may say which id is the next; elsewhere any process has to do.
            string again = $"{{ echo {old.Id - 1} > /proc/sys/kernel/ns_last_pid; }} 2>/dev/null && echo chosen || echo any; setsid sleep 100 >/dev/null 2>&1 & echo $!";
            string[] said = (await ProcessText.RunAsync("sh", ["-c", again])).Output.Split('\n');
            int found = int.Parse(said[1], CultureInfo.InvariantCulture);
            Alive.Is(found).ShouldBeTrue();
            ProcessTree.Kill(ProcessTree.DescendantsOf(1).Where(seen => seen.ProcessId == found));
            await Eventually.BeTrueAsync(() => !Alive.Is(found), "it is gone");
            if (found == old.Id || said[0] == "any")
            {
                return;
            }
        }

        Assert.Fail($"No process of {MostTries} got the id of an ended child, though each asked for it.");
    }
}
