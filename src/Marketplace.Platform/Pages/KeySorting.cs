using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using Marketplace.Platform.Api.Results;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Platform.Pages;

/// <summary>
/// The orders of a list that may be long. Each field's order ends with the row's own key, so that it is total, and the cursor carries the
/// sort and all keys of the last row: rows that come or go meanwhile shift nothing, and a cursor of another order is refused. What several
/// currencies are sorted by is the currency first: amounts of two currencies have no order.
/// </summary>
public sealed class KeySorting<T>
{
    private const int MaxParts = 3;
    private readonly string standard;
    private readonly SortKey<T> id;
    private readonly Dictionary<string, IReadOnlyList<SortKey<T>>> fields = new(StringComparer.Ordinal);

    private KeySorting(string standard, string field, SortKey<T> id) => (this.standard, this.id, fields[field]) = (standard, id, [id]);

    /// <summary>A list whose ids grow with time: the newest first when nothing is asked.</summary>
    /// <param name="field">The name of the order by id, for example <c>createdAt</c>.</param>
    public static KeySorting<T> NewestFirst(string field, Expression<Func<T, string>> id) =>
        new("-" + field, field, new SortKey<T, string>(id));

    /// <summary>A list whose rows are numbered: the first first when nothing is asked.</summary>
    public static KeySorting<T> Numbered(string field, Expression<Func<T, int>> number) => new(field, field, new SortKey<T, int>(number));

    /// <summary>Fields for <c>sort</c>.</summary>
    public IReadOnlyCollection<string> Fields => fields.Keys;

    /// <summary>Adds a field. The key is never null: give what stands in for "none".</summary>
    public KeySorting<T> By<TKey>(string field, Expression<Func<T, TKey>> key)
        where TKey : notnull => With(field, new SortKey<T, TKey>(key));

    /// <summary>Adds a field of two keys, such as currency and amount.</summary>
    public KeySorting<T> By<TFirst, TSecond>(string field, Expression<Func<T, TFirst>> first, Expression<Func<T, TSecond>> second)
        where TFirst : notnull
        where TSecond : notnull => With(field, new SortKey<T, TFirst>(first), new SortKey<T, TSecond>(second));

    /// <summary>Whether a text is a cursor of this list under a sort; null sorts as the list does.</summary>
    public bool IsCursor(string? sort, string cursor) =>
        Parts(sort) is { } parts
        && Cursor.Decode(cursor, parts.Keys.Count + 1) is { IsOk: true, Value: var texts }
        && texts[0] == parts.Sort
        && parts.Keys.Zip(texts.Skip(1)).All(p => p.First.IsText(p.Second));

    /// <summary>Sorts and cuts out the page.</summary>
    /// <param name="total">How many rows match in all, where it was counted.</param>
    /// <exception cref="ArgumentException">The sort or the cursor is none of this list: the door lets no such request in.</exception>
    public async Task<Page<T>> PageAsync(IQueryable<T> rows, PageQuery query, long? total, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        var (sort, keys) =
            Parts(query.Sort)
            ?? throw new ArgumentException($"Cannot sort by '{query.Sort}'. Use one of: {string.Join(", ", Fields)}.", nameof(query));
        bool descending = sort[0] == '-';
        if (query.Cursor is { } cursor)
            rows = rows.Where(After(keys, Texts(query.Sort, cursor), descending));
        IOrderedQueryable<T> ordered = keys[0].Order(rows, descending);
        foreach (SortKey<T> key in keys.Skip(1))
            ordered = key.ThenOrder(ordered, descending);
        var page = await ordered.Skip(query.Cursor is null ? Math.Max(0, query.Skip) : 0).Take(query.Take + 1).ToListAsync(ct);
        return Paging.Cut(page, query.Take, row => Cursor.Encode([sort, .. keys.Select(k => k.TextOf(row))]), row => row, total);
    }

    private KeySorting<T> With(string field, params ReadOnlySpan<SortKey<T>> keys)
    {
        fields.Add(field, [.. keys, id]);
        return this;
    }

    private (string Sort, IReadOnlyList<SortKey<T>> Keys)? Parts(string? sort)
    {
        string asked = string.IsNullOrEmpty(sort) ? standard : sort;
        return fields.TryGetValue(asked[0] == '-' ? asked[1..] : asked, out var keys) ? (asked, keys) : null;
    }

    private string[] Texts(string? sort, string cursor) =>
        IsCursor(sort, cursor)
            ? Cursor.Decode(cursor, Parts(sort)!.Value.Keys.Count + 1).Value[1..]
            : throw new ArgumentException("This is not a cursor of this list.", nameof(cursor));

    /// <summary>Rows after the cursor's: <c>(key, id) &lt; (…)</c> as PostgreSQL compares rows, which an index can follow.</summary>
    private static Expression<Func<T, bool>> After(IReadOnlyList<SortKey<T>> keys, string[] texts, bool descending)
    {
        ParameterExpression row = Expression.Parameter(typeof(T), "row");
        Expression[] left = [.. keys.Select(k => k.KeyOf(row))];
        Expression[] right = [.. keys.Zip(texts, (k, text) => k.Value(text))];
        return Expression.Lambda<Func<T, bool>>(left.Length == 1 ? One(left[0], right[0], descending) : Row(left, right, descending), row);
    }

    private static BinaryExpression One(Expression left, Expression right, bool descending)
    {
        if (left.Type == typeof(string))
            (left, right) = (Expression.Call(typeof(string), nameof(string.Compare), null, left, right), Expression.Constant(0));
        return descending ? Expression.LessThan(left, right) : Expression.GreaterThan(left, right);
    }

    private static MethodCallExpression Row(Expression[] left, Expression[] right, bool descending)
    {
        if (left.Length > MaxParts)
            throw new NotSupportedException($"An order has at most {MaxParts} keys.");
        return Expression.Call(
            typeof(NpgsqlDbFunctionsExtensions),
            descending ? nameof(NpgsqlDbFunctionsExtensions.LessThan) : nameof(NpgsqlDbFunctionsExtensions.GreaterThan),
            null,
            Expression.Property(null, typeof(EF), nameof(EF.Functions)),
            Expression.Convert(Tuple(left), typeof(ITuple)),
            Expression.Convert(Tuple(right), typeof(ITuple))
        );
    }

    private static MethodCallExpression Tuple(Expression[] values) =>
        Expression.Call(typeof(ValueTuple), nameof(ValueTuple.Create), [.. values.Select(v => v.Type)], values);
}
