using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ContentMonster.Tests.Support;

/// <summary>
/// Two network stacks of this test's own, joined by one cable that can be cut so that neither end notices: our frames then go to a neighbour that is
/// not there. Needs root and iproute2.
/// </summary>
internal sealed partial class LinkedStacks : IDisposable
{
    public const string FarAddress = "10.77.0.2";
    public const string NearAddress = "10.77.0.1";
    public const string OtherNearAddress = "10.77.0.3";
    private const string FarHardware = "02:00:00:00:00:02";
    private const string Nobody = "02:00:00:00:00:99";
    private const int NewNetwork = 0x40000000;
    private static int count;

    private LinkedStacks(string name) => (Near, Far) = (name + "n", name + "f");

    public string Near { get; }

    public string Far { get; }

    public static LinkedStacks Make()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Posix.IsRoot, "Making network namespaces takes root.");
        var stacks = new LinkedStacks($"cm{Environment.ProcessId}x{Interlocked.Increment(ref count)}");
        Ip("netns", "add", stacks.Near);
        Ip("netns", "add", stacks.Far);
        Ip("link", "add", "cable", "netns", stacks.Near, "type", "veth", "peer", "name", "cable", "address", FarHardware, "netns", stacks.Far);
        foreach ((string stack, string address) in new[] { (stacks.Near, NearAddress), (stacks.Far, FarAddress) })
        {
            Ip("-n", stack, "address", "add", address + "/24", "dev", "cable");
            Ip("-n", stack, "link", "set", "cable", "up");
        }

        return stacks;
    }

    public void Cut() => Neighbour(Nobody);

    public void Mend() => Neighbour(FarHardware);

    /// <summary>The near end gets another address instead of its own.</summary>
    public void Renumber()
    {
        Ip("-n", Near, "address", "delete", NearAddress + "/24", "dev", "cable");
        Ip("-n", Near, "address", "add", OtherNearAddress + "/24", "dev", "cable");
    }

    /// <summary>From the near to the far end no more goes through than this, and what waits for it takes no more than so many bytes.</summary>
    public void Slow(int bitsPerSecond, int queueBytes) =>
        Posix.Run("tc", "-n", Near, "qdisc", "replace", "dev", "cable", "root", "tbf", "rate", $"{bitsPerSecond}bit", "burst", "2000", "limit", $"{queueBytes}");

    /// <summary>What is made in here (sockets, children) belongs to that stack for good.</summary>
    public static T In<T>(string stack, Func<T> work)
    {
        T? result = default;
        Exception? trouble = null;

        // A thread of its own, which ends with the stack it has entered.
        var thread = new Thread(() =>
        {
            try
            {
                using SafeFileHandle name = File.OpenHandle("/run/netns/" + stack);
                setns((int)name.DangerousGetHandle(), NewNetwork).ShouldBe(0);
                result = work();
            }
            catch (Exception exception)
            {
                trouble = exception;
            }
        });
        thread.Start();
        thread.Join();
        return trouble is null ? result! : throw new InvalidOperationException($"Could not work in {stack}: {trouble.Message}", trouble);
    }

    public void Dispose()
    {
        Ip("netns", "delete", Near);
        Ip("netns", "delete", Far);
    }

    private void Neighbour(string hardware) => Ip("-n", Near, "neighbour", "replace", FarAddress, "lladdr", hardware, "dev", "cable", "nud", "permanent");

    private static void Ip(params string[] arguments) => Posix.Run("ip", arguments);

    [LibraryImport("libc")]
    private static partial int setns(int descriptor, int kind);
}
