using ContentMonster.Delivering;
using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Delivering;

public sealed class KnownNamesTests
{
    private const int Many = KnownNames.LeastLooks;
    private static readonly BytePath In = BytePath.FromText("in");
    private static readonly BytePath Out = BytePath.FromText("out");
    private readonly List<string> _asked = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_directory_is_listed_once()
    {
        KnownNames names = On(TimeSpan.FromMilliseconds(1), directory => Task.FromResult<IReadOnlySet<BytePath>?>(directory == In ? new HashSet<BytePath> { Out } : null));
        (await names.InAsync(In, Many, Token)).ShouldBe([Out]);
        (await names.InAsync(Out, Many, Token)).ShouldBeNull();
        (await names.InAsync(In, Many, Token)).ShouldBe([Out]);
        _asked.ShouldBe(["in", "out"]);
    }

    [Fact]
    public async Task A_listing_that_failed_is_asked_for_again()
    {
        KnownNames names = On(TimeSpan.Zero, _ => _asked.Count == 1 ? Task.FromException<IReadOnlySet<BytePath>?>(new TimeoutException()) : Task.FromResult<IReadOnlySet<BytePath>?>(new HashSet<BytePath>()));
        await Should.ThrowAsync<TimeoutException>(() => names.InAsync(In, Many, Token));
        (await names.InAsync(In, Many, Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_kept_is_bounded_in_names()
    {
        var full = Enumerable.Range(0, 400).Select(number => BytePath.FromText($"{number}")).ToHashSet();
        KnownNames names = On(TimeSpan.Zero, _ => Task.FromResult<IReadOnlySet<BytePath>?>(full));
        for (int directory = 0; directory < 12; directory++)
        {
            (await names.InAsync(BytePath.FromText($"d{directory}"), Many, Token)).ShouldBe(full);
        }

        await names.InAsync(BytePath.FromText("d0"), Many, Token);
        _asked.Count(directory => directory == "d0").ShouldBe(2);
    }

    [Fact]
    public async Task For_a_few_files_nothing_is_listed()
    {
        KnownNames names = On(TimeSpan.Zero, _ => throw new NotSupportedException());
        (await names.InAsync(In, Many - 1, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Over_a_long_way_each_file_is_looked_at_for_itself()
    {
        KnownNames names = On(TimeSpan.FromMilliseconds(5), _ => throw new NotSupportedException());
        (await names.InAsync(In, Many, Token)).ShouldBeNull();
        _asked.ShouldBeEmpty();
    }

    private KnownNames On(TimeSpan roundTrip, Func<BytePath, Task<IReadOnlySet<BytePath>?>> list) => new(new HandVessel<IVesselLane>
    {
        Facts = new VesselFacts { RoundTrip = roundTrip },
        List = directory =>
        {
            _asked.Add(directory.ToString());
            return list(directory);
        },
    });
}
