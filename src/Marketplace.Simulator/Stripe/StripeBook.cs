using System.Globalization;
using System.Text.Json.Nodes;

namespace Marketplace.Simulator.Stripe;

/// <summary>
/// One Stripe account in test mode, in memory: its objects, its balance and its events. Not safe for parallel use; the listener lets one
/// request in at a time.
/// </summary>
internal sealed partial class StripeBook(TimeProvider time)
{
    private static readonly TimeSpan Settles = TimeSpan.FromDays(2);
    private readonly Dictionary<string, JsonObject> objects = new(StringComparer.Ordinal);
    private readonly List<JsonObject> order = [];

    // Ids differ from those of every other double: a database may have known several.
    private readonly string series = string.Create(
        CultureInfo.InvariantCulture,
        $"{time.GetUtcNow().ToUnixTimeSeconds():X8}{Interlocked.Increment(ref doubles):D4}"
    );
    private static int doubles;
    private int sequence;

    /// <summary>Every event so far, the oldest first.</summary>
    public List<JsonObject> Events { get; } = [];

    private long Now => time.GetUtcNow().ToUnixTimeSeconds();

    public string NewId(string prefix) => string.Create(CultureInfo.InvariantCulture, $"{prefix}_{series}{++sequence:D8}");

    /// <summary>Answers a request: reads its parameters, refuses unknown ones, then acts.</summary>
    /// <exception cref="StripeFailure">The API's error.</exception>
    public JsonObject Answer(StripeRequest request)
    {
        string[] path = request.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (path is not ["v1", .. var rest])
            throw Unrecognised(request);
        List<string> expand = request.Items("expand");
        Func<JsonObject> act = rest[0] switch
        {
            "customers" => Customers(request, rest[1..]),
            "setup_intents" => SetupIntents(request, rest[1..]),
            "payment_methods" => PaymentMethods(request, rest[1..]),
            "payment_intents" => PaymentIntents(request, rest[1..]),
            "charges" => Reads(request, rest[1..], "charge"),
            "refunds" => Refunds(request, rest[1..]),
            "disputes" => Disputes(request, rest[1..]),
            "accounts" or "account_links" => Accounts(request, rest),
            "transfers" => Transfers(request, rest[1..]),
            "payouts" => Payouts(request, rest[1..]),
            "balance" => Balance(request, rest[1..]),
            "balance_transactions" => BalanceTransactions(request, rest[1..]),
            "events" => Reads(request, rest[1..], "event"),
            _ => throw Unrecognised(request),
        };
        request.RefuseUnknown();
        return Expand(act(), expand);
    }

    public JsonObject? Find(string id) => objects.GetValueOrDefault(id);

    public IEnumerable<JsonObject> All(string kind) => order.Where(o => o.Text("object") == kind);

    /// <summary>Removes an object as if it had never been: for tests of reconciliation.</summary>
    public void Forget(string id)
    {
        order.Remove(objects[id]);
        objects.Remove(id);
    }

    private static StripeFailure Unrecognised(StripeRequest request) =>
        new(404, "invalid_request_error", null, $"Unrecognized request URL ({request.Method}: {request.Path}).");

    private JsonObject Get(string kind, string id) =>
        objects.GetValueOrDefault(id) is { } found && found.Text("object") == kind ? found : throw StripeFailure.Missing(kind, id);

    private JsonObject Keep(JsonObject made)
    {
        objects[made.Text("id")!] = made;
        order.Add(made);
        return made;
    }

    private JsonObject New(string prefix, string kind, JsonObject with)
    {
        with["id"] = NewId(prefix);
        with["object"] = kind;
        with["created"] = Now;
        with["livemode"] = false;
        return Keep(with);
    }

    private static JsonObject Metadata(Dictionary<string, string> map)
    {
        var metadata = new JsonObject();
        foreach (var (key, value) in map)
            metadata[key] = value;
        return metadata;
    }

    /// <summary>Reads by id, and lists newest first.</summary>
    private Func<JsonObject> Reads(StripeRequest request, string[] path, string kind) =>
        (request.Method, path) switch
        {
            ("GET", [var id]) => () => Get(kind, id),
            ("GET", []) => List(request, kind, _ => true),
            _ => throw Unrecognised(request),
        };

    private Func<JsonObject> List(StripeRequest request, string kind, Func<JsonObject, bool> which)
    {
        string? after = request.Text("starting_after");
        long limit = request.Text("limit") is null ? 10 : request.Whole("limit");
        long? since = request.Text("created[gte]") is null ? null : request.Whole("created[gte]");
        string? type = request.Text("type");
        if (limit is < 1 or > 100)
            throw StripeFailure.Invalid("Invalid limit: use 1 to 100", "limit");
        return () =>
        {
            IEnumerable<JsonObject> found = Enumerable
                .Reverse(order)
                .Where(o => o.Text("object") == kind && which(o) && (since is null || o.Whole("created") >= since))
                .Where(o => type is null || o.Text("type") == type);
            if (after is not null)
                found = found.SkipWhile(o => o.Text("id") != after).Skip(1);
            var page = found.Take((int)limit + 1).ToList();
            return Page(page, (int)limit, request.Path);
        };
    }

    private static JsonObject Page(List<JsonObject> found, int limit, string url) =>
        new()
        {
            ["object"] = "list",
            ["url"] = url,
            ["has_more"] = found.Count > limit,
            ["data"] = new JsonArray([.. found.Take(limit).Select(o => (JsonNode)o.DeepClone())]),
        };

    /// <summary>Search by metadata: <c>metadata['key']:'value'</c>.</summary>
    private Func<JsonObject> Search(StripeRequest request, string kind)
    {
        string query = request.Required("query");
        string[] parts = query.Split('\'');
        if (parts is not ["metadata[", var key, "]:", var value, ""])
            throw StripeFailure.Invalid("We were unable to parse your search query.", "query");
        return () =>
        {
            var found = Enumerable.Reverse(order).Where(o => o.Text("object") == kind && o["metadata"]?[key]?.ToString() == value).ToList();
            var page = Page(found, 100, request.Path);
            page["object"] = "search_result";
            return page;
        };
    }

    /// <summary>Replaces references by the objects, along paths such as <c>latest_charge.balance_transaction</c>.</summary>
    private JsonObject Expand(JsonObject answer, List<string> paths)
    {
        var copy = (JsonObject)answer.DeepClone();
        foreach (string path in paths)
            Expand(copy, path.Split('.'));
        return copy;
    }

    private void Expand(JsonObject at, string[] path)
    {
        if (path is not [var name, .. var rest])
            return;
        if (at[name] is JsonValue reference && objects.GetValueOrDefault(reference.ToString()) is { } target)
            at[name] = target.DeepClone();
        if (at[name] is JsonObject next)
            Expand(next, rest);
        // Within a list, each of its objects.
        else if (at[name] is JsonArray list)
        {
            foreach (var one in list.OfType<JsonObject>())
                Expand(one, rest);
        }
    }

    private void Happened(string type, JsonObject subject) =>
        Events.Add(
            New(
                "evt",
                "event",
                new JsonObject
                {
                    ["type"] = type,
                    ["api_version"] = StripeDouble.Version,
                    ["data"] = new JsonObject { ["object"] = subject.DeepClone() },
                }
            )
        );

    /// <summary>Moves the account's balance. Amount and fee in minor units; a negative amount leaves.</summary>
    private JsonObject Moved(string type, string category, JsonObject source, long amount, long fee, string currency) =>
        New(
            "txn",
            "balance_transaction",
            new JsonObject
            {
                ["type"] = type,
                ["reporting_category"] = category,
                ["source"] = source.Text("id"),
                ["amount"] = amount,
                ["fee"] = fee,
                ["net"] = amount - fee,
                ["currency"] = currency,
                ["available_on"] = (type == "charge" ? time.GetUtcNow() + Settles : time.GetUtcNow()).ToUnixTimeSeconds(),
                ["status"] = type == "charge" ? "pending" : "available",
                ["description"] = null,
            }
        );
}

/// <summary>Short ways to read JSON.</summary>
internal static class StripeJson
{
    public static string? Text(this JsonObject of, string name) => of[name]?.ToString();

    public static long Whole(this JsonObject of, string name) =>
        of[name] is { } value ? long.Parse(value.ToString(), CultureInfo.InvariantCulture) : 0;

    public static bool Yes(this JsonObject of, string name) => of[name]?.GetValue<bool>() ?? false;
}
