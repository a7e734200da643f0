using Npgsql;

namespace Marketplace.Platform.Api.Idempotency;

internal sealed record KeyedRequest(string PartyId, string Key, byte[] Fingerprint);

internal sealed record StoredAnswer(int Status, string? ContentType, string? Location, string? ETag, byte[] Body);

/// <summary>What became of asking for a key.</summary>
internal abstract record Claim
{
    /// <summary>Run the request, then complete or release under this token.</summary>
    public sealed record Mine(string Token) : Claim;

    public sealed record Answered(StoredAnswer Answer) : Claim;

    public sealed record InFlight : Claim;

    public sealed record Reused : Claim;
}

/// <summary>
/// Keys in <c>platform.idempotency_key</c>, on connections of their own: a claim must be visible to other replicas while the
/// request's own transaction is still open.
/// </summary>
public sealed class IdempotencyStore(NpgsqlDataSource source, TimeProvider time)
{
    /// <summary>How long an answer is repeated.</summary>
    public static readonly TimeSpan Keep = TimeSpan.FromHours(24);

    /// <summary>How long a request may run before its process counts as dead.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    // One statement decides: the row is new, or it has expired, or it is ours and its process died.
    private const string ClaimSql = """
        insert into platform.idempotency_key as k (party_id, key, fingerprint, claim, claimed_until, created_at, expires_at)
        values ($1, $2, $3, $4, $6, $5, $7)
        on conflict (party_id, key) do update
        set fingerprint = excluded.fingerprint, claim = excluded.claim, claimed_until = excluded.claimed_until,
            created_at = excluded.created_at, expires_at = excluded.expires_at,
            status = null, content_type = null, location = null, etag = null, body = null
        where k.expires_at <= $5
           or (k.status is null and k.claimed_until <= $5 and k.fingerprint = excluded.fingerprint)
        """;

    internal async Task<Claim> ClaimAsync(KeyedRequest request, CancellationToken ct)
    {
        string token = Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16));
        // A key that is freed between the two statements is tried again; that cannot go on for long.
        for (int attempt = 0; attempt < 5; attempt++)
        {
            DateTimeOffset now = time.GetUtcNow();
            await using (var claim = source.CreateCommand(ClaimSql))
            {
                claim.Parameters.Add(new() { Value = request.PartyId });
                claim.Parameters.Add(new() { Value = request.Key });
                claim.Parameters.Add(new() { Value = request.Fingerprint });
                claim.Parameters.Add(new() { Value = token });
                claim.Parameters.Add(new() { Value = now });
                claim.Parameters.Add(new() { Value = now + Lease });
                claim.Parameters.Add(new() { Value = now + Keep });
                if (await claim.ExecuteNonQueryAsync(ct) == 1)
                    return new Claim.Mine(token);
            }
            if (await ReadAsync(request, ct) is { } known)
                return known;
        }
        return new Claim.InFlight();
    }

    internal async Task CompleteAsync(KeyedRequest request, string token, StoredAnswer answer, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            """
            update platform.idempotency_key set status = $4, content_type = $5, location = $6, etag = $7, body = $8
            where party_id = $1 and key = $2 and claim = $3
            """
        );
        command.Parameters.Add(new() { Value = request.PartyId });
        command.Parameters.Add(new() { Value = request.Key });
        command.Parameters.Add(new() { Value = token });
        command.Parameters.Add(new() { Value = answer.Status });
        command.Parameters.Add(new() { Value = (object?)answer.ContentType ?? DBNull.Value });
        command.Parameters.Add(new() { Value = (object?)answer.Location ?? DBNull.Value });
        command.Parameters.Add(new() { Value = (object?)answer.ETag ?? DBNull.Value });
        command.Parameters.Add(new() { Value = answer.Body });
        await command.ExecuteNonQueryAsync(ct);
    }

    internal async Task ReleaseAsync(KeyedRequest request, string token, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            "delete from platform.idempotency_key where party_id = $1 and key = $2 and claim = $3 and status is null"
        );
        command.Parameters.Add(new() { Value = request.PartyId });
        command.Parameters.Add(new() { Value = request.Key });
        command.Parameters.Add(new() { Value = token });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Removes at most 10,000 keys that have expired.</summary>
    /// <returns>How many rows went.</returns>
    public async Task<int> SweepAsync(CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            """
            delete from platform.idempotency_key where (party_id, key) in
              (select party_id, key from platform.idempotency_key where expires_at <= $1 limit 10000 for update skip locked)
            """
        );
        command.Parameters.Add(new() { Value = time.GetUtcNow() });
        return await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<Claim?> ReadAsync(KeyedRequest request, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            "select fingerprint, status, content_type, location, etag, body from platform.idempotency_key where party_id = $1 and key = $2"
        );
        command.Parameters.Add(new() { Value = request.PartyId });
        command.Parameters.Add(new() { Value = request.Key });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
            return null;
        if (!reader.GetFieldValue<byte[]>(0).AsSpan().SequenceEqual(request.Fingerprint))
            return new Claim.Reused();
        if (await reader.IsDBNullAsync(1, ct))
            return new Claim.InFlight();
        return new Claim.Answered(
            new StoredAnswer(reader.GetInt32(1), Text(reader, 2), Text(reader, 3), Text(reader, 4), reader.GetFieldValue<byte[]>(5))
        );
    }

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
