using Marketplace.Platform.Outcomes;

namespace Marketplace.Market.Domain;

/// <summary>What is wrong with a document, place by place; the first hundred of it.</summary>
internal sealed class Findings
{
    private const int Most = 100;
    private readonly List<FieldError> errors = [];

    public IReadOnlyList<FieldError> All => errors;

    public void Need(bool holds, string pointer, string message, string fix)
    {
        if (!holds && errors.Count < Most)
            errors.Add(new FieldError(pointer, message, fix));
    }
}
