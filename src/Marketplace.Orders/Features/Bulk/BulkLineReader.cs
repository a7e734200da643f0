using System.Text.Json;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Orders.Features.Bulk;

/// <summary>Reads one raw line; what is wrong is said at the line's own place and harms no other line.</summary>
internal static class BulkLineReader
{
    // A null where a value belongs is refused here, at its place, as the REST API refuses it.
    private static readonly JsonSerializerOptions Options = new(OrdersJson.Options) { RespectNullableAnnotations = true };

    public static Outcome<WorkloadRequest> Read(int line, JsonElement raw)
    {
        if (raw.ValueKind != JsonValueKind.Object)
            return Problem.Invalid(
                $"/lines/{line}",
                $"Line {line} is not an object.",
                "Send each line as a JSON object with name, product and hours."
            );
        try
        {
            return raw.Deserialize<WorkloadRequest>(Options) is { } request
                ? request
                : Problem.Invalid($"/lines/{line}", $"Line {line} is empty.", "Remove it, or fill it in.");
        }
        catch (JsonException e)
        {
            string pointer =
                $"/lines/{line}{(e.Path is { Length: > 1 } path ? path[1..].Replace('.', '/').Replace("[", "/", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal) : "")}";
            return Problem.Invalid(
                pointer,
                $"Line {line} cannot be read: {e.Message.Split(" Path:")[0]}",
                "Correct this field; the API page shows every field with its type."
            );
        }
    }

    /// <summary>Moves a problem's pointers under its line.</summary>
    public static Problem At(int line, Problem problem) =>
        problem with
        {
            Errors =
            [
                .. problem.Errors.Select(e =>
                    e.Pointer.StartsWith("/lines/", StringComparison.Ordinal) ? e : e with { Pointer = $"/lines/{line}{e.Pointer}" }
                ),
            ],
        };
}
