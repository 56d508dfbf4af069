"use client";

import { ErrorNoticePage } from "#components/shell/error-notice";

export default ErrorNoticePage;
