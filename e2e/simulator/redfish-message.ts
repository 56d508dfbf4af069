/** An error answer: its status and the message of DMTF's Base registry it carries. */
export type RedfishError = {
  status: number;
  messageId: string;
  message: string;
  args: string[];
  retryAfterSeconds?: number;
};

const registry = "Base.1.18";

function error(
  status: number,
  key: string,
  message: string,
  args: string[] = [],
  retryAfterSeconds?: number,
): RedfishError {
  return { status, messageId: `${registry}.${key}`, message, args, retryAfterSeconds };
}

/** The errors that the service answers with, worded as DMTF's Base registry 1.18 words them. */
export const redfishErrors = {
  noValidSession: () =>
    error(401, "NoValidSession", "There is no valid session established with the implementation."),
  resourceAtUriUnauthorized: (path: string) =>
    error(
      401,
      "ResourceAtUriUnauthorized",
      `While accessing the resource at '${path}', the service received an authorization error 'unauthorized'.`,
      [path, "unauthorized"],
    ),
  resourceMissing: (path: string) =>
    error(404, "ResourceMissingAtURI", `The resource at the URI '${path}' was not found.`, [path]),
  accountLocked: () =>
    error(
      403,
      "ResourceAtUriUnauthorized",
      "While establishing a session, the service received an authorization error 'account locked'.",
      ["/redfish/v1/SessionService/Sessions", "account locked"],
    ),
  tooManyRequests: (seconds: number) =>
    error(
      429,
      "RateLimitExceeded",
      `The request rate exceeds the limit.  Retry in ${seconds} seconds.`,
      [],
      seconds,
    ),
  internalError: () =>
    error(
      500,
      "InternalError",
      "The request failed due to an internal service error.  The service is still operational.",
    ),
  operationNotAllowed: () =>
    error(405, "OperationNotAllowed", "The HTTP method is not allowed on this resource."),
  malformedJson: () =>
    error(
      400,
      "MalformedJSON",
      "The request body submitted was malformed JSON and could not be parsed by the receiving service.",
    ),
  propertyUnknown: (property: string) =>
    error(
      400,
      "PropertyUnknown",
      `The property '${property}' is not in the list of valid properties for the resource.`,
      [property],
    ),
  propertyValueNotInList: (value: string, property: string) =>
    error(
      400,
      "PropertyValueNotInList",
      `The value '${value}' for the property '${property}' is not in the list of acceptable values.`,
      [value, property],
    ),
  propertyValueTypeError: (value: string, property: string) =>
    error(
      400,
      "PropertyValueTypeError",
      `The value '${value}' for the property '${property}' is not a type that the property can accept.`,
      [value, property],
    ),
  // The value is a secret, so it is not quoted, as the registry says of this message's arguments.
  propertyValueFormatError: (property: string) =>
    error(
      400,
      "PropertyValueFormatError",
      `The value '******' for the property '${property}' is not a format that the property can accept.`,
      ["******", property],
    ),
  propertyMissing: (property: string) =>
    error(
      400,
      "PropertyMissing",
      `The property '${property}' is a required property and must be included in the request.`,
      [property],
    ),
  actionParameterMissing: (action: string, parameter: string) =>
    error(
      400,
      "ActionParameterMissing",
      `The action '${action}' requires the parameter '${parameter}' to be present in the request body.`,
      [action, parameter],
    ),
  actionParameterValueNotInList: (value: string, parameter: string, action: string) =>
    error(
      400,
      "ActionParameterValueNotInList",
      `The value '${value}' for the parameter '${parameter}' in the action '${action}' is not in the list of acceptable values.`,
      [value, parameter, action],
    ),
  resourceAtUriInUnknownFormat: (uri: string) =>
    error(
      400,
      "ResourceAtUriInUnknownFormat",
      `The resource at '${uri}' is in a format not recognized by the service.`,
      [uri],
    ),
  couldNotEstablishConnection: (uri: string) =>
    error(
      400,
      "CouldNotEstablishConnection",
      `The service failed to establish a connection with the URI '${uri}'.`,
      [uri],
    ),
  actionParameterValueConflict: (parameter: string, value: string) =>
    error(
      409,
      "ActionParameterValueConflict",
      `The parameter '${parameter}' with the requested value of '${value}' does not meet the constraints of the implementation.`,
      [parameter, value],
    ),
  resourceInUse: () =>
    error(
      409,
      "ResourceInUse",
      "The change to the requested resource failed because the resource is in use or in transition.",
    ),
  preconditionFailed: () =>
    error(
      412,
      "PreconditionFailed",
      "The ETag supplied did not match the ETag required to change this resource.",
    ),
  queryNotSupported: () =>
    error(501, "QueryNotSupported", "Querying is not supported by the implementation."),
  serviceTemporarilyUnavailable: (seconds: number) =>
    error(
      503,
      "ServiceTemporarilyUnavailable",
      `The service is temporarily unavailable.  Retry in ${seconds} seconds.`,
      [String(seconds)],
      seconds,
    ),
  sessionLimitExceeded: () =>
    error(
      503,
      "SessionLimitExceeded",
      "The session establishment failed due to the number of simultaneous sessions exceeding the limit of the implementation.",
      [],
      30,
    ),
  // The words of a DGX H100 whose GPU tray has no power.
  gpuTrayUnreachable: (): RedfishError => ({
    status: 503,
    messageId: "AMI.1.0.HMCCommunicationFailed",
    message: "Communication with the HMC failed.",
    args: [],
  }),
};

/** The body of an error answer. */
export function errorBody(redfishError: RedfishError): Record<string, unknown> {
  const { messageId, message, args, status } = redfishError;
  return {
    error: {
      code: messageId,
      message,
      "@Message.ExtendedInfo": [
        {
          "@odata.type": "#Message.v1_1_2.Message",
          MessageId: messageId,
          Message: message,
          MessageArgs: args,
          MessageSeverity: status >= 500 ? "Critical" : "Warning",
          Severity: status >= 500 ? "Critical" : "Warning",
          Resolution: "None.",
        },
      ],
    },
  };
}
