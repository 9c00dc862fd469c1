using System.Collections.Concurrent;
using System.Reflection;
using ContentMonster.Ledger;

namespace ContentMonster.Tests.Simulation;

/// <summary>
/// The ledger as one daemon's life sees it: each call takes its time on the simulated clock, and from the daemon's death on nothing comes through, also
/// not what was under way (which may have been booked or not).
/// </summary>
#pragma warning disable CA1852 // DispatchProxy makes a type that derives from it.
internal class LedgerDoor : DispatchProxy
#pragma warning restore CA1852
{
    private static readonly ConcurrentDictionary<Type, MethodInfo> Passes = new();
    private ILedger _ledger = null!;
    private DaemonLife _life = null!;

    public static ILedger Of(ILedger ledger, DaemonLife life)
    {
        ILedger door = Create<ILedger, LedgerDoor>();
        ((LedgerDoor)(object)door)._ledger = ledger;
        ((LedgerDoor)(object)door)._life = life;
        return door;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        Type returned = targetMethod!.ReturnType;
        if (returned == typeof(Task))
        {
            return PassAsync(targetMethod, args!);
        }

        return returned.IsGenericType && returned.GetGenericTypeDefinition() == typeof(Task<>)
            ? Passes.GetOrAdd(returned, static task => typeof(LedgerDoor).GetMethod(nameof(PassResultAsync), BindingFlags.Instance | BindingFlags.NonPublic)!.MakeGenericMethod(task.GenericTypeArguments[0]))
                .Invoke(this, [targetMethod, args])
            : targetMethod.Invoke(_ledger, args);
    }

    private async Task PassAsync(MethodInfo method, object?[] arguments)
    {
        await _life.BeforeLedgerAsync(method.Name, arguments);
        await (Task)method.Invoke(_ledger, arguments)!;
        await _life.AfterLedgerAsync();
    }

    private async Task<T> PassResultAsync<T>(MethodInfo method, object?[] arguments)
    {
        await _life.BeforeLedgerAsync(method.Name, arguments);
        T result = await (Task<T>)method.Invoke(_ledger, arguments)!;
        await _life.AfterLedgerAsync();
        return result;
    }
}
