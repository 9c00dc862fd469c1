namespace ContentMonster.Tests.Support;

/// <summary>Waits for what happens outside of this process, with a deadline.</summary>
internal static class Eventually
{
    public static async Task BeTrueAsync(Func<bool> condition, string what, int seconds = 15)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(seconds), what);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
