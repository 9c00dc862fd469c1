using System.Reflection;
using ContentMonster.Ledger;

namespace ContentMonster.Tests.Support;

/// <summary>A ledger one of whose methods fails once.</summary>
#pragma warning disable CA1852 // What makes the proxies derives from it.
internal class FailingLedger : DispatchProxy
#pragma warning restore CA1852
{
    private ILedger _real = null!;
    private string _failing = "";
    private int _failed;

    /// <param name="real">Does everything else.</param>
    /// <param name="failing">The name of a method that returns a plain task.</param>
    public static ILedger Over(ILedger real, string failing)
    {
        ILedger made = Create<ILedger, FailingLedger>();
        var proxy = (FailingLedger)(object)made;
        (proxy._real, proxy._failing) = (real, failing);
        return made;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.Name == _failing && Interlocked.Exchange(ref _failed, 1) == 0)
        {
            return Task.FromException(new LedgerWriteException("The disk is full."));
        }

        return targetMethod.Invoke(_real, args);
    }
}
