using ContentMonster.Model;

namespace ContentMonster.Delivering;

/// <summary>Takes deliveries from the ledger's queue; those whose place on the vessel is in the penalty box step back together, untried.</summary>
internal sealed class Intake(VesselOffice office)
{
    // One page of postponed files is one transaction; so many pages a turn, then the visit looks at its other work.
    private const int Page = 500;
    private const int MostPages = 20;

    public async Task<IReadOnlyList<Delivery>> NextAsync(int room, IReadOnlySet<long> known, bool big, CancellationToken cancellationToken)
    {
        for (int page = 0; page < MostPages; page++)
        {
            int count = page == 0 ? room : Page;
            IReadOnlyList<Delivery> next = await office.Ledger.QueueAsync(office.Settings.Name, count, known, big, cancellationToken).ConfigureAwait(false);
            ILookup<bool, Delivery> boxed = next.ToLookup(delivery => SentenceOf(delivery) is not null);
            await PostponeAsync([.. boxed[true]], cancellationToken).ConfigureAwait(false);
            if (boxed[false].Any() || next.Count == 0)
            {
                return [.. boxed[false].Take(room)];
            }
        }

        return [];
    }

    private (FailureKind Kind, string Message, TimeSpan Left)? SentenceOf(Delivery delivery) =>
        office.Box.Sentence(VesselOffice.PlaceOf(delivery.Version), delivery.BytesLeft) ?? office.Hanging.Sentence(office.DestinationOf(delivery.Version));

    private async Task PostponeAsync(IReadOnlyList<Delivery> deliveries, CancellationToken cancellationToken)
    {
        foreach (var place in deliveries.GroupBy(delivery => VesselOffice.PlaceOf(delivery.Version)))
        {
            if (SentenceOf(place.First()) is { } sentence)
            {
                DateTimeOffset retryAt = office.Time.GetUtcNow() + sentence.Left;
                string message = $"Not tried this time, because others failed that go to the same place: {sentence.Message}";
                await office.Ledger.PostponeAsync(
                    office.Settings.Name, [.. place.Select(delivery => delivery.Version.Id)], sentence.Kind, message, retryAt, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
