namespace ContentMonster.Tests.Support;

/// <summary>Waits for what happens beside the test, with a deadline.</summary>
internal static class Eventually
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestLook = TimeSpan.FromMinutes(3);

    public static Task BeTrueAsync(Func<bool> condition, string what, int seconds = 15) =>
        BeTrueAsync(() => Task.FromResult(condition()), () => what, TimeSpan.FromSeconds(seconds));

    /// <param name="condition">Asked every 20 ms.</param>
    /// <param name="story">What is told when the patience is over; made only then, for it may be long.</param>
    /// <param name="patience">From now on.</param>
    public static async Task BeTrueAsync(Func<Task<bool>> condition, Func<string> story, TimeSpan patience)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!await AnsweredAsync(condition, story))
        {
            if (TimeProvider.System.GetElapsedTime(start) >= patience)
            {
                Assert.Fail($"Not so after {patience.TotalSeconds} s: {story()}");
            }

            await Task.Delay(LookEvery, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<bool> AnsweredAsync(Func<Task<bool>> condition, Func<string> story)
    {
        try
        {
            return await condition().WaitAsync(LongestLook, TimeProvider.System);
        }
        catch (TimeoutException hangs)
        {
            throw new TimeoutException($"It hangs where is asked whether {story()}", hangs);
        }
    }
}
