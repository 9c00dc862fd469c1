using System.Globalization;

namespace ContentMonster.Configuration;

/// <summary>One value on its way into a record: text or items, and the readings that keys share.</summary>
internal sealed class KeyValue(string text, IReadOnlyList<string> items, ReadingPlace place, Action<string> warn)
{
    /// <summary>The whole value of a key that takes one.</summary>
    public string Text { get; } = text;

    /// <summary>The items of a key that takes a list.</summary>
    public IReadOnlyList<string> Items { get; } = items;

    public ReadingPlace Place { get; } = place;

    public void Warn(string message) => warn(message);

    public bool YesOrNo() => Text.ToUpperInvariant() switch
    {
        "YES" or "TRUE" or "ON" or "1" => true,
        "NO" or "FALSE" or "OFF" or "0" => false,
        _ => throw new BadValueException($"\"{Text}\" is neither yes nor no."),
    };

    public int Whole(int least, int most) =>
        int.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw new BadValueException($"\"{Text}\" is not a whole number from {least} to {most}.");

    public TimeSpan Duration(TimeSpan least, TimeSpan most, string range)
    {
        TimeSpan duration = Quantity.Duration(Text);
        return duration >= least && duration <= most ? duration : throw new BadValueException($"\"{Text}\" is out of range: {range}.");
    }

    public T OneOf<T>(params IReadOnlyList<(string Word, T Meaning)> choices)
    {
        foreach ((string word, T meaning) in choices)
        {
            if (word.Equals(Text, StringComparison.OrdinalIgnoreCase))
            {
                return meaning;
            }
        }

        throw new BadValueException($"\"{Text}\" is none of {string.Join(", ", choices.Select(choice => choice.Word))}.");
    }
}
