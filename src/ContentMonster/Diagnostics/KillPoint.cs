using System.Globalization;

namespace ContentMonster.Diagnostics;

/// <summary>
/// Steps at which the process can be made to die as by a SIGKILL, so that tests can prove what survives at that very line:
/// <c>CONTENTMONSTER_KILL_AT=STEP</c>, or <c>STEP@N</c> for the Nth time. Without the variable a step costs one comparison. It gives
/// nobody anything: whoever sets a daemon's environment can end it anyway.
/// </summary>
internal static class KillPoint
{
    private const string Variable = "CONTENTMONSTER_KILL_AT";
    private static readonly (string? Step, int Number) Armed = Read(Environment.GetEnvironmentVariable(Variable));

    // By Interlocked.
    private static int _passed;

    public static void Pass(string step)
    {
        if (Armed.Step is not null && Armed.Step == step && Interlocked.Increment(ref _passed) == Armed.Number)
        {
            Die();
        }
    }

    /// <summary>As <see cref="Pass(string)"/> for "WORD NAME", put together only where it matters.</summary>
    public static void Pass(string word, string name)
    {
        if (Armed.Step is not null)
        {
            Pass($"{word} {name}");
        }
    }

    /// <summary>Step and number of a value of the variable; the number is 1 where none is given.</summary>
    public static (string? Step, int Number) Read(string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return (null, 0);
        }

        int at = value.LastIndexOf('@');
        return at > 0 && int.TryParse(value.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? (value[..at], number) : (value, 1);
    }

    private static void Die()
    {
        using var self = System.Diagnostics.Process.GetCurrentProcess();
        self.Kill();

        // The signal is on its way: nothing after this line may happen.
        using var never = new ManualResetEvent(initialState: false);
        never.WaitOne();
    }
}
