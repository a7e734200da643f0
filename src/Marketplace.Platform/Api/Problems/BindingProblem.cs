using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Marketplace.Platform.Outcomes;
using Microsoft.AspNetCore.Http;

namespace Marketplace.Platform.Api.Problems;

/// <summary>Explains a request the framework could not read: which field, what is wrong with it, what to do.</summary>
internal static partial class BindingProblem
{
    public static Problem Of(BadHttpRequestException exception, HttpRequest request)
    {
        if (ApiProblems.ForBareStatus(exception.StatusCode, request) is { } bare)
            return bare;
        if (exception.InnerException is JsonException json)
            return OfJson(json);
        if (ParameterName().Match(exception.Message) is { Success: true } parameter)
            return ApiProblems.Malformed(
                "?" + parameter.Groups["name"].Value,
                $"The parameter '{parameter.Groups["name"].Value}' is missing or has the wrong form.",
                "Correct it as /openapi/v1.json describes it."
            );
        return ApiProblems.Malformed(
            "",
            "The request has no body, or one that is not JSON.",
            "Send a JSON object with Content-Type: application/json."
        );
    }

    private static Problem OfJson(JsonException json)
    {
        if (Missing().Match(json.Message) is { Success: true } missing)
        {
            string parent = Pointer(json.Path);
            var names = missing.Groups["names"].Value.Split(',').Select(n => n.Trim().Trim('\'', '.')).Where(n => n.Length > 0).ToList();
            return new Problem(
                ProblemKind.Invalid,
                "malformed-request",
                "The request cannot be read",
                $"Missing: {string.Join(", ", names)}."
            )
            {
                Errors = [.. names.Select(n => new FieldError($"{parent}/{n}", $"'{n}' is required.", "Add this field."))],
            };
        }
        string pointer = Pointer(json.Path);
        if (Unmapped().Match(json.Message) is { Success: true } unmapped)
        {
            string name = unmapped.Groups["name"].Value;
            string at = pointer.EndsWith("/" + name, StringComparison.Ordinal) ? pointer : $"{pointer}/{name}";
            return ApiProblems.Malformed(at, $"There is no field '{name}' here.", "Remove it, or correct its spelling.");
        }
        if (json.Message.StartsWith(Json.EnumNames.Prefix, StringComparison.Ordinal))
            return ApiProblems.Malformed(pointer, "This value is not one of the allowed ones.", json.Message);
        if (json.Message.Contains("allow null", StringComparison.Ordinal))
            return ApiProblems.Malformed(
                pointer,
                "This value must not be null.",
                "Send a value, or leave the field out if it is optional."
            );
        return IsSyntax(json)
            ? ApiProblems.Malformed(
                pointer,
                $"The body is not valid JSON near line {(json.LineNumber ?? 0) + 1}, byte {(json.BytePositionInLine ?? 0) + 1}.",
                "Correct the JSON and send it again."
            )
            : ApiProblems.Malformed(pointer, "This value has the wrong type or form.", Fix(json));
    }

    private static string Fix(JsonException json) =>
        json.Data.Contains(Json.MoneyConverter.Marker) ? json.Message : "Send the type that /openapi/v1.json gives for it.";

    // The reader's own exception type is internal; it is what a syntax error is, or wraps.
    private static bool IsSyntax(JsonException json) => json.GetType() != typeof(JsonException) || json.InnerException is JsonException;

    // System.Text.Json speaks JSONPath ($.roles[0].replicas), problem documents speak JSON pointers.
    internal static string Pointer(string? jsonPath)
    {
        var pointer = new StringBuilder();
        foreach (Match part in PathPart().Matches(jsonPath ?? ""))
        {
            string name =
                part.Groups["quoted"] is { Success: true } quoted ? quoted.Value
                : part.Groups["plain"] is { Success: true } plain ? plain.Value
                : part.Groups["index"].Value;
            pointer.Append('/').Append(name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal));
        }
        return pointer.ToString();
    }

    [GeneratedRegex(@"\['(?<quoted>[^']*)'\]|\[(?<index>\d+)\]|\.(?<plain>[^.\[]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PathPart();

    [GeneratedRegex(
        @"missing required properties including: (?<names>.+?)\.?$",
        RegexOptions.ExplicitCapture | RegexOptions.Singleline,
        1000
    )]
    private static partial Regex Missing();

    [GeneratedRegex(@"The JSON property '(?<name>[^']+)' could not be mapped", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Unmapped();

    [GeneratedRegex(@"parameter ""(?:\S+ )?(?<name>[^""\s]+)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ParameterName();
}
