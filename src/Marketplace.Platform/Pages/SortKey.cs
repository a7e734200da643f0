using System.Globalization;
using System.Linq.Expressions;

namespace Marketplace.Platform.Pages;

/// <summary>One part of a list's order: a value of each row that is never null, and its text in a cursor.</summary>
internal abstract class SortKey<T>
{
    public abstract IOrderedQueryable<T> Order(IQueryable<T> rows, bool descending);

    public abstract IOrderedQueryable<T> ThenOrder(IOrderedQueryable<T> rows, bool descending);

    public abstract string TextOf(T row);

    public abstract bool IsText(string text);

    /// <summary>The key of a row, as an expression over <paramref name="row"/>.</summary>
    public abstract Expression KeyOf(ParameterExpression row);

    /// <summary>The value a cursor's text stands for, as a parameter of the query.</summary>
    public abstract Expression Value(string text);
}

internal sealed class SortKey<T, TKey>(Expression<Func<T, TKey>> key) : SortKey<T>
    where TKey : notnull
{
    // Interpreted: a key that depends on who looks is made for one page, and compiling it costs more than reading it.
    private readonly Lazy<Func<T, TKey>> read = new(() => key.Compile(preferInterpretation: true));

    public override IOrderedQueryable<T> Order(IQueryable<T> rows, bool descending) =>
        descending ? rows.OrderByDescending(key) : rows.OrderBy(key);

    public override IOrderedQueryable<T> ThenOrder(IOrderedQueryable<T> rows, bool descending) =>
        descending ? rows.ThenByDescending(key) : rows.ThenBy(key);

    public override string TextOf(T row) =>
        read.Value(row) switch
        {
            DateTimeOffset moment => moment.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture),
            IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
            var text => text.ToString()!,
        };

    public override bool IsText(string text) => Parse(text) is not null;

    public override Expression KeyOf(ParameterExpression row) => new Replace(key.Parameters[0], row).Visit(key.Body);

    public override Expression Value(string text) =>
        Expression.Property(
            Expression.Constant(new Held((TKey)(Parse(text) ?? throw new ArgumentException("This is not a cursor of this list.")))),
            nameof(Held.Value)
        );

    private static object? Parse(string text) =>
        default(TKey) switch
        {
            int => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : null,
            long => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null,
            decimal => decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out decimal number) ? number : null,
            DateTimeOffset => DateTimeOffset.TryParseExact(
                text,
                "O",
                CultureInfo.InvariantCulture,
                DateTimeStyles.RoundtripKind,
                out var moment
            )
                ? moment.ToUniversalTime()
                : null,
            null when typeof(TKey) == typeof(string) => text.Contains('\0', StringComparison.Ordinal) ? null : text,
            _ => throw new NotSupportedException($"A list cannot be sorted by a {typeof(TKey).Name}: give its text or number."),
        };

    // A member of an object, so that EF sends the value as a parameter and keeps one plan for all pages.
    private sealed record Held(TKey Value);

    private sealed class Replace(ParameterExpression from, ParameterExpression to) : ExpressionVisitor
    {
        protected override Expression VisitParameter(ParameterExpression node) => node == from ? to : base.VisitParameter(node);
    }
}
