using System.Threading.Channels;

namespace ContentMonster.Delivering;

/// <summary>Collects what comes while batches are being handled into the next: alone a question goes at once, hundreds share one round trip.</summary>
/// <param name="most">Questions in one batch.</param>
/// <param name="handle">Answers a batch, in order.</param>
/// <param name="atOnce">Batches that are handled at the same time.</param>
internal sealed class Batcher<TQuestion, TAnswer>(int most, Func<IReadOnlyList<TQuestion>, CancellationToken, Task<IReadOnlyList<TAnswer>>> handle, int atOnce = 1)
{
    // Bounded by the askers: each waits for its answer before it asks again.
    private readonly Channel<(TQuestion Question, TaskCompletionSource<TAnswer> Answer)> _asked =
        Channel.CreateUnbounded<(TQuestion, TaskCompletionSource<TAnswer>)>(new UnboundedChannelOptions { SingleReader = atOnce == 1 });

    public Task<TAnswer> AskAsync(TQuestion question, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<TAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked.Writer.TryWrite((question, answer));
        return answer.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Until the token ends it, and what is being handled with it.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => HandleAsync(cancellationToken)));

    private async Task HandleAsync(CancellationToken cancellationToken)
    {
        while (await _asked.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var batch = new List<(TQuestion Question, TaskCompletionSource<TAnswer> Answer)>();
            while (batch.Count < most && _asked.Reader.TryRead(out (TQuestion, TaskCompletionSource<TAnswer>) next))
            {
                batch.Add(next);
            }

            if (batch.Count > 0)
            {
                await AnswerAsync(batch, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task AnswerAsync(List<(TQuestion Question, TaskCompletionSource<TAnswer> Answer)> batch, CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<TAnswer> answers = await handle([.. batch.Select(one => one.Question)], cancellationToken).ConfigureAwait(false);
            for (int at = 0; at < batch.Count; at++)
            {
                batch[at].Answer.TrySetResult(answers[at]);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            batch.ForEach(one => one.Answer.TrySetCanceled(cancellationToken));
            throw;
        }
        catch (Exception exception)
        {
            // Each asker is told and decides; the next batch is another try.
            batch.ForEach(one =>
            {
                one.Answer.TrySetException(exception);
                _ = one.Answer.Task.Exception;
            });
        }
    }
}
