namespace ContentMonster.Configuration;

/// <summary>Takes a list out of its lines: what <see cref="IniValue"/> does for one value, item by item.</summary>
internal static class IniList
{
    /// <summary>The items of a key that takes a list: separated by commas and by line ends, each may be quoted.</summary>
    public static IReadOnlyList<string> Items(IReadOnlyList<IniLine> lines, Action<string> warn)
    {
        var items = new List<string>();
        foreach (IniLine line in lines)
        {
            int at = 0;
            while (NextItem(line.Text, ref at, out string item, out bool quoted))
            {
                if (quoted)
                {
                    items.Add(item);
                }
                else if (item.Length > 0)
                {
                    IniValue.WarnOfKeptSign(item, warn);
                    items.Add(IniValue.Percents(item));
                }
            }
        }

        return items;
    }

    private static bool NextItem(string text, ref int at, out string item, out bool quoted)
    {
        item = "";
        quoted = false;
        int start = IniValue.SkipBlanks(text, at);
        if (start >= text.Length || IniValue.CommentStart(text, start, 1) == start)
        {
            return false;
        }

        if (text[start] is '"' or '\'')
        {
            int close = ClosingQuote(text, start);
            item = text[(start + 1)..close];
            quoted = true;
            at = IniValue.SkipBlanks(text, close + 1) + 1;
            if (at <= text.Length && text[at - 1] != ',')
            {
                at = text.Length;
            }

            return true;
        }

        int comment = IniValue.CommentStart(text, start, 1);
        int comma = text.IndexOf(',', start, comment - start);
        item = text[start..(comma < 0 ? comment : comma)].Trim();
        at = comma < 0 ? text.Length : comma + 1;
        return true;
    }

    /// <summary>The mark before a comma, a comment or the line's end.</summary>
    private static int ClosingQuote(string text, int open)
    {
        for (int close = text.IndexOf(text[open], open + 1); close >= 0; close = text.IndexOf(text[open], close + 1))
        {
            int rest = IniValue.SkipBlanks(text, close + 1);
            if (rest == text.Length || text[rest] == ',' || IniValue.CommentStart(text, close + 1, 1) == rest)
            {
                return close;
            }
        }

        throw new BadValueException("An item begins with a quotation mark that is not closed. Close it, or remove it.");
    }
}
